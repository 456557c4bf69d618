import { api, listEndpoints } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, sha256Of } from './bytes.ts';
import { classifier, registered, World } from './world.ts';

/**
 * Walks through the whole API once, as a team would: people, a project, bytes, versions, links, aliases, lineage, and
 * the deletion of it all. The client holds each answer to its schema; the last test counts the endpoints.
 */
describe('every endpoint', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(async () => world.registry.stop());

  test('users and their keys', async () => {
    const { admin } = world;
    const ada = await admin.ok(api.users.create, {
      body: { username: 'ada', email: 'ada@example.com', organization: 'weighhouse' },
    });
    expect(ada).toMatchObject({ username: 'ada', defaultEntity: 'ada', admin: false, disabled: false });
    const listed = await admin.ok(api.users.list, { query: { query: 'ADA@', limit: 5 } });
    expect(listed.items.map(({ username }) => username)).toEqual(['ada']);
    expect(await admin.ok(api.users.get, { params: { username: 'ada' } })).toEqual(ada);
    expect(
      await admin.ok(api.users.update, { params: { username: 'ada' }, body: { name: 'Ada L.', email: null } }),
    ).toMatchObject({ name: 'Ada L.', email: null });

    const params = { username: 'ada' };
    const made = await admin.ok(api.apiKeys.create, { params, body: { name: 'laptop' } });
    const imported = await admin.ok(api.apiKeys.create, { params, body: { secret: 'a'.repeat(40) } });
    expect(imported.secret).toBe('a'.repeat(40));
    const { secret, ...shown } = made;
    expect(await admin.ok(api.apiKeys.get, { params: { ...params, id: made.id } })).toEqual(shown);
    expect((await admin.ok(api.apiKeys.list, { params })).items).toHaveLength(2);
    expect((await admin.as(secret ?? '').ok(api.viewer.get)).username).toBe('ada');
    await admin.ok(api.apiKeys.revoke, { params: { ...params, id: imported.id } });
    await admin.as('a'.repeat(40)).fails(api.viewer.get, {}, 'UNAUTHENTICATED');
  });

  test('organizations, teams and their members', async () => {
    const { admin } = world;
    const acme = await admin.ok(api.organizations.create, {
      body: { name: 'acme', admin: 'ada', displayName: 'Acme' },
    });
    const params = { organization: 'acme' };
    expect(await admin.ok(api.organizations.get, { params })).toEqual(acme);
    expect((await admin.ok(api.organizations.list)).items.map(({ name }) => name)).toEqual(['acme', 'weighhouse']);
    expect((await admin.ok(api.organizations.update, { params, body: { displayName: 'Acme Inc' } })).displayName).toBe(
      'Acme Inc',
    );

    await admin.ok(api.users.create, { body: { username: 'bob' } });
    const bob = { ...params, username: 'bob' };
    expect((await admin.ok(api.organizationMembers.set, { params: bob, body: { role: 'member' } })).role).toBe(
      'member',
    );
    expect((await admin.ok(api.organizationMembers.update, { params: bob, body: { role: 'viewer' } })).role).toBe(
      'viewer',
    );
    expect((await admin.ok(api.organizationMembers.get, { params: bob })).role).toBe('viewer');
    expect((await admin.ok(api.organizationMembers.list, { params })).items.map(one => one.username)).toEqual([
      'ada',
      'bob',
    ]);
    await admin.ok(api.organizationMembers.remove, { params: bob });
    await admin.fails(api.organizationMembers.get, { params: bob }, 'NOT_FOUND');

    const team = await admin.ok(api.teams.create, { body: { name: 'vision', organization: 'acme', admin: 'ada' } });
    expect(team.organization).toBe('acme');
    expect(await admin.ok(api.teams.get, { params: { team: 'vision' } })).toEqual(team);
    expect((await admin.ok(api.teams.list, { query: { organization: 'acme' } })).items).toEqual([team]);
    expect((await admin.ok(api.teams.update, { params: { team: 'vision' }, body: { name: 'sight' } })).name).toBe(
      'sight',
    );
    expect((await admin.ok(api.teams.get, { params: { team: 'vision' } })).name).toBe('sight');
    const inTeam = { team: 'sight', username: 'bob' };
    await admin.ok(api.teamMembers.set, { params: inTeam, body: { role: 'member' } });
    expect((await admin.ok(api.teamMembers.update, { params: inTeam, body: { role: 'admin' } })).role).toBe('admin');
    expect((await admin.ok(api.teamMembers.get, { params: inTeam })).role).toBe('admin');
    expect((await admin.ok(api.teamMembers.list, { params: { team: 'sight' } })).items).toHaveLength(2);
    await admin.ok(api.teamMembers.remove, { params: inTeam });
    await admin.ok(api.teams.delete, { params: { team: 'sight' } });
    await admin.ok(api.organizations.delete, { params });
    await admin.ok(api.users.disable, { params: { username: 'bob' } });
    expect((await admin.ok(api.users.get, { params: { username: 'bob' } })).disabled).toBe(true);
  });

  test('projects', async () => {
    const { admin } = world;
    const params = { entity: 'research', project: 'scratch' };
    const made = await admin.call(api.projects.put, { params, body: { description: 'first' } });
    expect(made.status).toBe(201);
    expect((await admin.call(api.projects.put, { params, body: { description: 'second' } })).status).toBe(200);
    expect((await admin.ok(api.projects.get, { params })).description).toBe('second');
    await admin.ok(api.projects.create, { params: { entity: 'research' }, body: { name: 'other' } });
    expect((await admin.ok(api.projects.update, { params, body: { name: 'notes' } })).name).toBe('notes');
    expect((await admin.ok(api.projects.get, { params })).name).toBe('notes');
    expect(
      (await admin.ok(api.projects.list, { params: { entity: 'research' } })).items.map(({ name }) => name),
    ).toEqual(['notes', 'other']);
    await admin.ok(api.projects.delete, { params: { entity: 'research', project: 'notes' } });
    await admin.fails(api.projects.get, { params }, 'NOT_FOUND');
  });

  test('uploads: at once, in pieces, given up', async () => {
    const { admin } = world;
    const { entity, project } = classifier;
    const bytes = bytesOf('hello, world');
    const sha256 = sha256Of(bytes);
    expect((await admin.call(api.uploads.putBlob, { params: { entity, project, sha256 }, raw: bytes })).status).toBe(
      201,
    );
    const again = await admin.call(api.uploads.putBlob, { params: { entity, project, sha256 }, raw: bytes });
    expect(again).toMatchObject({ status: 200, body: { sha256, size: 12 } });

    const whole = bytesOf('in two pieces');
    const { id, size } = await admin.ok(api.uploads.open, {
      params: { entity, project },
      body: { size: whole.length },
    });
    expect(size).toBe(whole.length);
    const first = await admin.call(api.uploads.append, {
      params: { id },
      raw: whole.slice(0, 5),
      headers: { 'upload-offset': '0' },
    });
    expect(first.headers.get('upload-offset')).toBe('5');
    expect((await admin.call(api.uploads.offset, { params: { id } })).headers.get('upload-offset')).toBe('5');
    const details = await admin.fails(
      api.uploads.append,
      { params: { id }, raw: whole.slice(3), headers: { 'upload-offset': '3' } },
      'UPLOAD_OFFSET_MISMATCH',
    );
    expect(details.offset).toBe(5);
    await admin.ok(api.uploads.append, { params: { id }, raw: whole.slice(5), headers: { 'upload-offset': '5' } });
    const blob = await admin.ok(api.uploads.finish, { params: { id }, body: { sha256: sha256Of(whole) } });
    expect(blob.size).toBe(whole.length);
    expect(await admin.ok(api.uploads.finish, { params: { id }, body: { sha256: sha256Of(whole) } })).toEqual(blob);

    const other = await admin.ok(api.uploads.open, { params: { entity, project }, body: {} });
    await admin.ok(api.uploads.abort, { params: { id: other.id } });
    await admin.fails(
      api.uploads.append,
      { params: { id: other.id }, raw: whole, headers: { 'upload-offset': '0' } },
      'GONE',
    );
  });

  test('runs', async () => {
    const { admin, registry } = world;
    const params = { entity: 'research', project: 'churn', run: 'train1' };
    const started = await admin.call(api.runs.put, {
      params,
      body: { displayName: 'baseline', config: { lr: 0.1 }, jobType: 'train' },
    });
    expect(started).toMatchObject({ status: 201, body: { state: 'running', config: { lr: 0.1 }, user: 'admin' } });
    const caller = {
      principal: await registry.services.authentication.byKey(registry.adminKey, true),
      requestId: null,
    };
    const found = await registry.services.runs.get(caller, 'research', 'churn', 'train1');
    const lines = ['{"loss":1}', '{"loss":NaN}', 'no json'];
    await registry.services.runs.receiveStream(found, { chunks: [{ stream: 'history', offset: 0, lines }] });
    const page = await admin.ok(api.runs.history, { params, query: { limit: 2 } });
    expect(page.items).toEqual([{ loss: 1 }, { loss: 'NaN' }]);
    const rest = await admin.ok(api.runs.history, { params, query: { limit: 2, cursor: page.nextCursor ?? '' } });
    expect(rest).toEqual({ items: ['no json'], nextCursor: null });
    const [upload] = await registry.services.uploads.announceRunFiles(caller, found.project.id, found.run.id, [
      'out/log.txt',
    ]);
    if (!upload) throw new Error('no upload');
    const { Readable } = await import('node:stream');
    await registry.services.uploads.receiveFile(caller, upload, Readable.from([Buffer.from('a log')]), {});
    expect((await admin.ok(api.runs.files, { params })).items.map(({ name }) => name)).toEqual(['out/log.txt']);
    const file = await admin.ok(api.runs.download, { params: { ...params, path: 'out/log.txt' } });
    expect(new TextDecoder().decode(file)).toBe('a log');
    expect(
      (await admin.ok(api.runs.update, { params, body: { state: 'finished', summary: { loss: 0.5 } } })).summary,
    ).toEqual({ loss: 0.5 });
    expect((await admin.ok(api.runs.get, { params })).state).toBe('finished');
    expect((await admin.ok(api.runs.list, { params: classifierProject })).items).toHaveLength(1);
  });

  const classifierProject = { entity: 'research', project: 'churn' };

  test('artifacts and their versions', async () => {
    const { admin } = world;
    const empty = await admin.ok(api.artifacts.create, {
      params: classifierProject,
      body: { name: 'empty', type: 'dataset', tags: ['raw'] },
    });
    expect(empty).toMatchObject({ kind: 'artifact', versionCount: 0, tags: ['raw'], address: 'research/churn/empty' });
    const sha256 = await world.upload('weights');
    const body = {
      files: [{ path: 'weights/model.bin', sha256 }],
      aliases: ['best'],
      tags: ['small'],
      run: 'train1',
      metadata: { accuracy: 0.9 },
      references: [{ path: 'data', uri: 's3://bucket/data', digest: 'etag', size: 4 }],
    };
    const created = await admin.call(api.artifactVersions.create, { params: classifier, body });
    expect(created).toMatchObject({
      status: 201,
      body: {
        version: 'v0',
        aliases: ['best', 'latest'],
        tags: ['small'],
        size: 11,
        fileCount: 2,
        metadata: { accuracy: 0.9 },
        createdBy: 'admin',
      },
    });
    const same = await admin.call(api.artifactVersions.create, {
      params: classifier,
      body: { ...body, aliases: ['again'] },
    });
    expect(same).toMatchObject({ status: 200, body: { id: created.body.id, aliases: ['again', 'best', 'latest'] } });
    await world.log({ 'weights/model.bin': 'better' });

    const params = { ...classifier, version: 'v0' };
    expect((await admin.ok(api.artifactVersions.get, { params: { ...classifier, version: 'best' } })).version).toBe(
      'v0',
    );
    const list = await admin.ok(api.artifactVersions.list, { params: classifier });
    expect(list.items.map(({ version, metadata }) => [version, metadata])).toEqual([
      ['v1', undefined],
      ['v0', undefined],
    ]);
    const withMetadata = await admin.ok(api.artifactVersions.list, {
      params: classifier,
      query: { order: 'number', include: 'metadata', limit: 1 },
    });
    expect(withMetadata.items[0]?.metadata).toEqual({ accuracy: 0.9 });
    expect(withMetadata.nextCursor).not.toBeNull();
    const edited = await admin.ok(api.artifactVersions.update, {
      params,
      body: { description: 'first', ttlSeconds: 86_400, metadata: { accuracy: 0.91 } },
    });
    expect(edited).toMatchObject({ description: 'first', ttlSeconds: 86_400, metadata: { accuracy: 0.91 } });
    expect(await admin.ok(api.artifactVersions.tag, { params: { ...params, tag: 'reviewed' } })).toEqual({
      tags: ['reviewed', 'small'],
    });
    expect(await admin.ok(api.artifactVersions.untag, { params: { ...params, tag: 'small' } })).toEqual({
      tags: ['reviewed'],
    });
    const files = await admin.ok(api.artifactVersions.files, { params, query: { prefix: 'weights/' } });
    expect(files.items).toEqual([
      { path: 'weights/model.bin', size: 7, sha256, md5: expect.stringMatching(/^[0-9a-f]{32}$/), reference: null },
    ]);
    const bytes = await admin.ok(api.artifactVersions.download, { params: { ...params, path: 'weights/model.bin' } });
    expect(new TextDecoder().decode(bytes)).toBe('weights');
  });

  test('artifacts: list, rename, tag', async () => {
    const { admin } = world;
    const all = await admin.ok(api.artifacts.list, { params: classifierProject, query: { order: '-name' } });
    expect(all.items.map(({ name }) => name)).toEqual(['empty', 'classifier']);
    expect(
      (
        await admin.ok(api.artifacts.list, {
          params: classifierProject,
          query: { tag: ['raw'], type: 'dataset', name: 'EMP' },
        })
      ).items,
    ).toHaveLength(1);
    const params = { ...classifierProject, name: 'empty' };
    expect(
      (await admin.ok(api.artifacts.update, { params, body: { name: 'void', description: 'nothing' } })).name,
    ).toBe('void');
    expect((await admin.ok(api.artifacts.get, { params })).name).toBe('void');
    expect(await admin.ok(api.artifacts.tag, { params: { ...params, tag: 'old' } })).toEqual({ tags: ['old', 'raw'] });
    expect(await admin.ok(api.artifacts.untag, { params: { ...params, tag: 'old' } })).toEqual({ tags: ['raw'] });
  });

  test('aliases of an artifact', async () => {
    const { admin } = world;
    const params = { ...classifier, alias: 'candidate' };
    const set = await admin.call(api.artifactAliases.set, { params, body: { version: 'v0', reason: 'looks good' } });
    expect(set).toMatchObject({ status: 201, body: { version: 'v0', revision: 1 } });
    expect(set.headers.get('etag')).toBe('"1"');
    expect(
      await admin.ok(api.artifactAliases.set, { params, body: { version: 'latest' }, headers: { 'if-match': '"1"' } }),
    ).toMatchObject({ version: 'v1', revision: 2 });
    expect(await admin.ok(api.artifactAliases.get, { params })).toMatchObject({ version: 'v1', revision: 2 });
    expect((await admin.call(api.artifactAliases.get, { params, headers: { 'if-none-match': '"2"' } })).status).toBe(
      304,
    );
    expect(
      (await admin.ok(api.artifactAliases.list, { params: classifier })).items.map(({ alias, version }) => [
        alias,
        version,
      ]),
    ).toEqual([
      ['again', 'v0'],
      ['best', 'v0'],
      ['candidate', 'v1'],
      ['latest', 'v1'],
    ]);
    await admin.ok(api.artifactAliases.remove, { params, headers: { 'if-match': '"2"' } });
    const moves = (await admin.ok(api.artifactAliases.history, { params })).items;
    expect(moves.map(({ from, to, reason, by }) => [from?.version, to?.version, reason, by])).toEqual([
      ['v1', undefined, null, 'admin'],
      ['v0', 'v1', null, 'admin'],
      [undefined, 'v0', 'looks good', 'admin'],
    ]);
    expect(
      (await admin.ok(api.artifactAliases.allHistory, { params: classifier, query: { limit: 2 } })).items,
    ).toHaveLength(2);
  });

  test('registries with their members and teams', async () => {
    const { admin } = world;
    const organization = 'weighhouse';
    const speech = await admin.ok(api.registries.create, {
      params: { organization },
      body: { name: 'speech', types: ['model'], visibility: 'restricted' },
    });
    expect(speech).toMatchObject({
      name: 'speech',
      project: 'wandb-registry-speech',
      types: ['model'],
      visibility: 'restricted',
    });
    const params = { organization, registry: 'speech' };
    expect(
      await admin.ok(api.registries.get, { params: { organization: 'Weighhouse', registry: 'wandb-registry-speech' } }),
    ).toEqual(speech);
    const names = (await admin.ok(api.registries.list, { params: { organization } })).items.map(({ name }) => name);
    expect(names).toEqual(['dataset', 'model', 'speech']);
    const updated = await admin.ok(api.registries.update, {
      params,
      body: { name: 'voice', description: 'All that listens', addTypes: ['dataset'], visibility: 'organization' },
    });
    expect(updated).toMatchObject({
      name: 'voice',
      types: ['dataset', 'model'],
      description: 'All that listens',
      visibility: 'organization',
    });
    const member = { ...params, username: 'ada' };
    expect(await admin.ok(api.registries.setMember, { params: member, body: { role: 'admin' } })).toMatchObject({
      username: 'ada',
      role: 'admin',
    });
    expect((await admin.ok(api.registries.members, { params })).items.map(({ username }) => username)).toEqual([
      'ada',
      'admin',
    ]);
    await admin.ok(api.registries.removeMember, { params: member });
    const team = { ...params, team: 'research' };
    expect(await admin.ok(api.registries.setTeam, { params: team, body: { role: 'viewer' } })).toEqual({
      team: 'research',
      role: 'viewer',
    });
    expect((await admin.ok(api.registries.teams, { params })).items).toEqual([{ team: 'research', role: 'viewer' }]);
    await admin.ok(api.registries.removeTeam, { params: team });
    await admin.ok(api.registries.delete, { params });
  });

  test('registered models, links and what is read through them', async () => {
    const { admin } = world;
    const { organization, registry } = registered;
    await admin.ok(api.models.create, {
      params: { organization, registry },
      body: { name: 'other', tags: ['tabular'] },
    });
    const linked = await admin.call(api.artifactVersions.link, {
      params: { ...classifier, version: 'v0' },
      body: { organization, registry, model: registered.name, aliases: ['staging'] },
    });
    expect(linked).toMatchObject({
      status: 201,
      body: { version: 'v0', aliases: ['latest', 'staging'], source: { address: 'research/churn/classifier:v0' } },
    });
    const second = await admin.ok(api.modelVersions.link, {
      params: registered,
      body: { version: 'research/churn/classifier:v1', aliases: ['production'] },
    });
    expect(
      (await admin.call(api.modelVersions.link, { params: registered, body: { version: second.id } })).status,
    ).toBe(200);
    expect(
      (await admin.ok(api.modelVersions.list, { params: registered })).items.map(({ version, source }) => [
        version,
        source?.version,
      ]),
    ).toEqual([
      ['v1', 'v1'],
      ['v0', 'v0'],
    ]);
    const params = { ...registered, version: 'production' };
    expect((await admin.ok(api.modelVersions.get, { params })).id).toBe(second.id);
    expect((await admin.ok(api.modelVersions.files, { params })).items).toHaveLength(1);
    expect(
      new TextDecoder().decode(
        await admin.ok(api.modelVersions.download, { params: { ...params, path: 'weights/model.bin' } }),
      ),
    ).toBe('better');
    expect(
      (await admin.ok(api.artifactVersions.links, { params: { ...classifier, version: 'v1' } })).items,
    ).toMatchObject([{ address: 'weighhouse/wandb-registry-model/churn-classifier:v1' }]);
    expect(
      (await admin.ok(api.models.list, { params: { organization, registry }, query: { tag: 'tabular' } })).items,
    ).toHaveLength(1);
    expect((await admin.ok(api.models.get, { params: registered })).versionCount).toBe(2);
    expect(
      (await admin.ok(api.models.update, { params: registered, body: { description: 'the one' } })).description,
    ).toBe('the one');
    await admin.ok(api.models.tag, { params: { ...registered, tag: 'tabular' } });
    expect(await admin.ok(api.models.untag, { params: { ...registered, tag: 'tabular' } })).toEqual({ tags: [] });
    for (const address of [
      'weighhouse/wandb-registry-model/churn-classifier:production',
      'wandb-registry-model/churn-classifier:v1',
      'wandb-registry-model/churn-classifier',
    ]) {
      expect((await admin.ok(api.addresses.resolve, { query: { address } })).id).toBe(second.id);
    }
    expect(
      (await admin.ok(api.addresses.resolve, { query: { address: 'classifier:v0', project: 'churn' } })).aliases,
    ).toEqual(['again', 'best']);
  });

  test('aliases of a registered model', async () => {
    const { admin } = world;
    const params = { ...registered, alias: 'production' };
    expect(await admin.ok(api.modelAliases.get, { params })).toMatchObject({ version: 'v1' });
    expect(await admin.ok(api.modelAliases.set, { params, body: { version: 'staging' } })).toMatchObject({
      version: 'v0',
      revision: 2,
    });
    expect((await admin.ok(api.modelAliases.list, { params: registered })).items).toHaveLength(3);
    await admin.ok(api.modelAliases.remove, { params });
    expect((await admin.ok(api.modelAliases.history, { params })).items).toHaveLength(3);
    expect((await admin.ok(api.modelAliases.allHistory, { params: registered })).items.length).toBeGreaterThan(3);
  });

  test('lineage', async () => {
    const { admin } = world;
    await admin.ok(api.runs.put, { params: { ...classifierProject, run: 'eval1' }, body: {} });
    await admin.ok(api.runs.put, { params: { ...classifierProject, run: 'eval2' }, body: {} });
    const run = (name: string) => ({ run: { ...classifierProject, name } });
    const version = { ...classifier, version: 'v0' };
    expect((await admin.ok(api.artifactVersions.use, { params: version, body: run('eval1') })).name).toBe('eval1');
    await admin.ok(api.modelVersions.use, { params: { ...registered, version: 'v0' }, body: run('eval2') });
    const lineage = await admin.ok(api.artifactVersions.lineage, { params: version });
    expect(lineage.loggedBy.map(({ name }) => name)).toEqual(['train1']);
    expect(lineage.usedBy.map(({ name }) => name)).toEqual(['eval1', 'eval2']);
    expect(await admin.ok(api.modelVersions.lineage, { params: { ...registered, version: 'v0' } })).toEqual(lineage);
    expect((await admin.ok(api.runs.inputs, { params: { ...classifierProject, run: 'eval2' } })).items).toMatchObject([
      { address: 'research/churn/classifier:v0' },
    ]);
    expect((await admin.ok(api.runs.outputs, { params: { ...classifierProject, run: 'train1' } })).items).toMatchObject(
      [{ version: 'v0' }],
    );
    await admin.ok(api.runs.delete, { params: { ...classifierProject, run: 'eval2' } });
    await admin.fails(api.runs.get, { params: { ...classifierProject, run: 'eval2' } }, 'NOT_FOUND');
  });

  test('deleting, with and without force', async () => {
    const { admin } = world;
    const params = { ...classifier, version: 'v1' };
    await admin.fails(api.artifactVersions.delete, { params }, 'HAS_LINKS');
    await admin.ok(api.modelVersions.unlink, { params: { ...registered, version: 'v1' } });
    await admin.fails(api.artifactVersions.delete, { params }, 'HAS_ALIASES');
    await admin.ok(api.artifactVersions.delete, { params, query: { force: true } });
    await admin.fails(api.artifactVersions.get, { params }, 'NOT_FOUND');
    expect((await admin.ok(api.artifactVersions.get, { params: { ...classifier, version: 'latest' } })).version).toBe(
      'v0',
    );
    await admin.fails(api.artifacts.delete, { params: classifier }, 'HAS_LINKS');
    await admin.ok(api.models.delete, { params: registered });
    await admin.ok(api.artifacts.delete, { params: classifier });
    await admin.fails(api.artifacts.get, { params: classifier }, 'NOT_FOUND');
    await admin.fails(
      api.artifacts.create,
      { params: classifierProject, body: { name: 'classifier' } },
      'ALREADY_EXISTS',
    );
  });

  test('the document itself, without a key', async () => {
    expect(await world.admin.as(undefined).ok(api.document.openApi)).toMatchObject({ openapi: '3.1.0' });
  });

  test('nothing was left out, and nothing went wrong on the server', () => {
    const left = listEndpoints()
      .map(({ endpoint }) => endpoint.id)
      .filter(id => !world.admin.exercised.has(id));
    expect(left).toEqual([]);
    expect(world.registry.errors).toEqual([]);
  });
});

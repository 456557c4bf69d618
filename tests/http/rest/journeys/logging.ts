import { Readable } from 'node:stream';
import { api } from '@weighhouse/contract';
import { expect, test } from 'vitest';
import { bytesOf, sha256Of } from '../bytes.ts';
import { classifier, type World } from '../world.ts';

const classifierProject = { entity: 'research', project: 'churn' };

/** Bytes, runs, artifacts, versions and their aliases; after `people`. */
export function loggingJourney(world: () => World): void {
  test('uploads: at once, in pieces, given up', async () => {
    const { admin } = world();
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
    const { admin, registry } = world();
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
    const [upload] = await registry.services.announcements.announceRunFiles(caller, found.project.id, found.run.id, [
      'out/log.txt',
    ]);
    if (!upload) throw new Error('no upload');
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

  test('artifacts and their versions', async () => {
    const { admin } = world();
    const empty = await admin.ok(api.artifacts.create, {
      params: classifierProject,
      body: { name: 'empty', type: 'dataset', tags: ['raw'] },
    });
    expect(empty).toMatchObject({ kind: 'artifact', versionCount: 0, tags: ['raw'], address: 'research/churn/empty' });
    const sha256 = await world().upload('weights');
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
    await world().log({ 'weights/model.bin': 'better' });

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
    const { admin } = world();
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
    const { admin } = world();
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
}

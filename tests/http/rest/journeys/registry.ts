import { api } from '@weighhouse/contract';
import { expect, test } from 'vitest';
import { classifier, registered, type World } from '../world.ts';

const classifierProject = { entity: 'research', project: 'churn' };

/** Registries, registered models, lineage and deletion; after `logging`. */
export function registryJourney(world: () => World): void {
  test('registries with their members and teams', async () => {
    const { admin } = world();
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
    const { admin } = world();
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
    const { admin } = world();
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
    const { admin } = world();
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
    const { admin } = world();
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
}

import { api } from '@weighhouse/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { md5Base64 } from '../../support/wandb-protocol.ts';
import { type Asker, dataOf, succeeded, transfer } from './asker.ts';
import { globalId, type Place, params, World } from './world.ts';

/** Who may read which bytes, where a version is logged in one place and linked in others. */
let world: World;
let team: Place;
let core: Place;
let sealed: Place;
beforeAll(async () => {
  world = await World.start();
  team = world.place('team project');
  core = world.place('core registry');
  sealed = world.place('restricted registry');
  for (const { registry } of [core, sealed]) {
    const body = { organization: 'weighhouse', registry, model: 'shared' };
    succeeded(await world.maker.rest(api.artifactVersions.link, { params: params(team), body }));
  }
});
afterAll(() => world?.registry.stop());

const shared = (place: Place): Place => ({ ...place, collection: 'shared' });
const artifact = (asker: Asker, fields: string, id = team.versionId) =>
  asker.graphql(`query ($id: ID!) { artifact(id: $id) { ${fields} } }`, { id });
const secret = 'bytes of the personal project';

test('knowing the SHA-256 of hidden bytes grants nothing', async () => {
  const { sha256 } = world.place('personal project');
  const member = world.asker('team member');
  const create = (digest: string) =>
    member.rest(api.artifactVersions.create, {
      params: { ...params(team), name: 'stolen' },
      body: { files: [{ path: 'a', sha256: digest }] },
    });
  const [hidden, absent] = [await create(sha256), await create('0'.repeat(64))];
  expect(hidden.status).toBe(400);
  expect(hidden.text).toContain('BLOB_UNKNOWN');
  const plain = (text: string) => text.replaceAll(/[0-9a-f]{64}|"requestId":"[^"]*"/g, '');
  expect(plain(hidden.text)).toBe(plain(absent.text));
  // Not even that they are here is told: they are taken in as if they were new.
  const raw = new TextEncoder().encode(secret);
  expect((await member.rest(api.uploads.putBlob, { params: { ...params(team), sha256 }, raw })).status).toBe(201);
  expect((await create(sha256)).status).toBe(201);
});

test('knowing the MD5 of hidden bytes grants nothing: the client is asked to send them', async () => {
  const admin = world.asker('team admin');
  const begun = await admin.graphql(
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      input: {
        ...{ entityName: team.entity, projectName: team.project, artifactTypeName: 'model' },
        ...{ artifactCollectionName: 'curious', digest: 'd41d8cd98f00b204e9800998ecf8427e' },
        ...{ digestAlgorithm: 'MANIFEST_MD5', clientID: 'curious-client-id' },
      },
    },
  );
  const [, artifactID] = /"id":"([^"]+)"/.exec(begun.text) ?? [];
  const announce = async (bytes: string) => {
    const answer = await admin.graphql(
      'mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }',
      { input: { artifactFiles: [{ artifactID, name: `${bytes}.bin`, md5: md5Base64(Buffer.from(bytes)) }] } },
    );
    return /"uploadUrl":("|null)/.exec(answer.text)?.[1];
  };
  expect(await announce('bytes that nobody has')).toBe('"');
  expect(await announce('bytes of the restricted registry')).toBe('"');
  expect(await announce('bytes of the team project')).toBe('null');
  for (const hidden of [world.place('restricted registry').md5, '0'.repeat(32)])
    expect((await admin.at(`/artifacts/${team.entity}/${hidden}`)).status).toBe(404);
});

test('a viewer of a link reads bytes whose source is hidden, and changes nothing there', async () => {
  const viewer = world.asker('organization viewer');
  expect((await viewer.rest(api.projects.get, { params: params(team) })).status).toBe(404);
  const read = await viewer.rest(api.modelVersions.download, { params: params(shared(core)) });
  expect(read).toEqual({ status: 200, text: 'bytes of the team project' });
  const listed = await artifact(viewer, 'files { edges { node { directUrl } } } artifactSequence { project { name } }');
  expect(listed.text).not.toContain('digits');
  const [, url] = /"directUrl":"([^"]+)"/.exec(listed.text) ?? [];
  expect((await transfer(url ?? '')).text).toBe('bytes of the team project');

  for (const name of ['organization viewer', 'organization member', 'granted admin'] as const) {
    const asker = world.asker(name);
    const edited = await asker.graphql(
      'mutation ($input: UpdateArtifactInput!) { updateArtifact(input: $input) { artifact { id } } }',
      { input: { artifactID: team.versionId, metadata: '{"stolen":true}', description: 'mine' } },
    );
    expect([name, edited.status]).toEqual([name, 403]);
    const removed = await asker.graphql(
      'mutation ($input: DeleteArtifactInput!) { deleteArtifact(input: $input) { artifact { id } } }',
      { input: { artifactID: team.versionId, deleteAliases: true } },
    );
    expect([name, removed.status]).toEqual([name, 403]);
    const body = { description: 'mine' };
    expect((await asker.rest(api.artifactVersions.update, { params: params(team), body })).status).toBe(404);
    expect((await asker.rest(api.artifactVersions.update, { params: params(shared(core)), body })).status).toBe(403);
  }
});

test('a link in a hidden registry shows nowhere', async () => {
  const viewer = world.asker('organization viewer');
  const answers = [
    await artifact(
      viewer,
      'aliases { alias artifactCollection { project { name } } } artifactMemberships { edges { node { artifactCollection { name project { name } } } } } usedBy { edges { node { name } } }',
    ),
    await viewer.rest(api.modelVersions.lineage, { params: params(shared(core)) }),
    await viewer.rest(api.modelVersions.get, { params: params(shared(core)) }),
    await viewer.rest(api.artifactVersions.links, { params: params(shared(core)) }),
    await viewer.rest(api.registries.list, { params: params(core) }),
    await viewer.graphql(
      '{ entity(name: "weighhouse") { projects { edges { node { name } } } artifactCollections(first: 100) { edges { node { name project { name } } } totalCount } artifactMemberships(first: 100) { edges { node { artifactCollection { name project { name } } } } } triggers { edges { node { name } } } } }',
    ),
    await viewer.graphql(
      '{ entity(name: "research") { projects { edges { node { name } } } artifactCollections { edges { node { name } } } } models(entityName: "research") { edges { node { name } } totalCount } }',
    ),
    await viewer.rest(api.projects.list, { params: { entity: 'research' } }),
  ];
  for (const { status, text } of answers) {
    expect([status, text]).toEqual([
      200,
      expect.not.stringMatching(new RegExp(`${sealed.registry}|digits|${sealed.collection}"|vault`)),
    ]);
  }
});

test('a restricted viewer sees metadata and manifest, and no bytes, by whatever address', async () => {
  for (const name of ['granted restricted_viewer', 'team-granted restricted_viewer'] as const) {
    const asker = world.asker(name);
    const seen = await artifact(asker, 'metadata digest currentManifest { file { directUrl } }', sealed.versionId);
    const [, manifest] = /"directUrl":"([^"]+)"/.exec(seen.text) ?? [];
    expect((await transfer(manifest ?? '')).text).toContain('weights/model.bin');
    const tries = [
      await asker.rest(api.modelVersions.download, { params: params(sealed) }),
      await asker.rest(api.modelVersions.files, { params: params(sealed) }),
      await asker.rest(api.artifactVersions.download, { params: params(sealed) }),
      await artifact(asker, 'files { edges { node { directUrl } } }', sealed.versionId),
      await asker.at(
        `/artifactsV2/default/${sealed.entity}/${sealed.project}/${sealed.collection}/${sealed.versionId}/${sealed.md5}/model.bin`,
      ),
    ];
    expect(tries.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect((await asker.at(`/artifacts/weighhouse/${sealed.md5}`)).status).toBe(404);
    // A ticket for something else opens nothing here.
    const blob = manifest?.replace(/manifests\/\d+/, `blobs/1/model.bin`) ?? '';
    expect((await transfer(blob)).status).toBe(403);
    // Nor does a version of one's own that is built on it.
    const create = { params: { entity: asker.username, project: 'own', name: 'copy' } };
    const files = [{ path: 'a', sha256: sealed.sha256 }];
    expect((await asker.rest(api.artifactVersions.create, { ...create, body: { files } })).text).toContain(
      'BLOB_UNKNOWN',
    );
  }
});

test('a version built on bytes one may not read takes none of them', async () => {
  const asker = world.asker('granted restricted_viewer');
  const place = { entityName: asker.username, projectName: 'own', runName: 'run1' };
  const begun = await asker.graphql(
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      input: {
        ...{
          entityName: asker.username,
          projectName: 'own',
          artifactTypeName: 'model',
          artifactCollectionName: 'copy',
        },
        ...{
          digest: 'd41d8cd98f00b204e9800998ecf8427e',
          digestAlgorithm: 'MANIFEST_MD5',
          clientID: 'copying-client-id',
        },
      },
    },
  );
  const [, artifactID] = /"id":"([^"]+)"/.exec(begun.text) ?? [];
  const manifest = JSON.stringify({
    ...{ version: 1, storagePolicy: 'wandb-storage-policy-v1', storagePolicyConfig: { storageLayout: 'V2' } },
    contents: {
      'a.bin': {
        digest: Buffer.from(sealed.md5, 'hex').toString('base64'),
        size: 0,
        birthArtifactID: sealed.versionId,
      },
    },
  });
  for (const base of [undefined, sealed.versionId]) {
    const announced = await asker.graphql(
      'mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { file { uploadUrl } } } }',
      {
        input: {
          ...{ ...place, artifactID, name: base ? 'increment' : 'whole', baseArtifactID: base },
          ...{ digest: md5Base64(Buffer.from(manifest)), type: base ? 'INCREMENTAL' : 'FULL' },
        },
      },
    );
    const [, url] = /"uploadUrl":"([^"]+)"/.exec(announced.text) ?? [];
    if (url) await transfer(url, { method: 'PUT', body: manifest });
    const committed = await asker.graphql(
      'mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { state } } }',
      { input: { artifactID } },
    );
    expect(dataOf(committed)).toBeUndefined();
    expect([400, 403]).toContain(committed.status);
  }
});

test('deleting what is linked is refused to who does not see the link, without naming it', async () => {
  const answer = await world.asker('team member').rest(api.artifactVersions.delete, { params: params(team) });
  expect(answer.status).toBe(409);
  expect(answer.text).not.toContain(sealed.registry);
  expect((await artifact(world.asker('team member'), 'id', globalId('Artifact', team.versionNumber))).status).toBe(200);
});

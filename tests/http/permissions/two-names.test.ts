import { api } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Asker, succeeded } from './asker.ts';
import { outcomeOf } from './probe.ts';
import { globalId, type Place, params, twin, World } from './world.ts';

/**
 * Two names in one request: one of what the asker may change, one of somebody else's. The decision is made on what is
 * read or written, and the other's answers like what does not exist.
 */
let world: World;
let team: Place;
let personal: Place;
let member: Asker;
let owner: Asker;
beforeAll(async () => {
  world = await World.start();
  team = world.place('team project');
  personal = world.place('personal project');
  member = world.asker('team member');
  owner = world.asker('owner');
});
afterAll(() => world?.registry.stop());

const mutate = (asker: Asker, field: string, answer: string, input: unknown) =>
  asker.graphql(
    `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { ${answer} } }`,
    { input },
  );

const aliasOf = ({ entity, project, collection }: Place, alias: string) => ({
  ...{ entityName: entity, projectName: project, artifactCollectionName: collection, alias },
});
const runOf = ({ entity, project, run }: Place) => ({ entityName: entity, projectName: project, runName: run });

/** The member of the team names their own place and one of `other`'s things. */
const mixed: readonly (readonly [string, (other: Place) => Promise<Answer>])[] = [
  [
    'addAliases',
    other => mutate(member, 'addAliases', 'success', { artifactID: other.versionId, aliases: [aliasOf(team, 'mine')] }),
  ],
  [
    'deleteAliases',
    other =>
      mutate(member, 'deleteAliases', 'success', { artifactID: other.versionId, aliases: [aliasOf(team, 'stable')] }),
  ],
  [
    'addAliases there',
    other => mutate(member, 'addAliases', 'success', { artifactID: team.versionId, aliases: [aliasOf(other, 'mine')] }),
  ],
  [
    'useArtifact',
    other => mutate(member, 'useArtifact', 'artifact { id }', { artifactID: other.versionId, ...runOf(team) }),
  ],
  [
    'useArtifact by their run',
    other => mutate(member, 'useArtifact', 'artifact { id }', { artifactID: team.versionId, ...runOf(other) }),
  ],
  [
    'linkArtifact',
    other =>
      mutate(member, 'linkArtifact', 'versionIndex', {
        artifactID: other.versionId,
        entityName: team.entity,
        projectName: team.project,
        artifactPortfolioName: 'mine',
      }),
  ],
  [
    'linkArtifact by client id',
    other =>
      mutate(member, 'linkArtifact', 'versionIndex', {
        clientID: other.clientId,
        entityName: team.entity,
        projectName: team.project,
        artifactPortfolioName: 'mine',
      }),
  ],
  [
    'linkArtifact into theirs',
    other =>
      mutate(member, 'linkArtifact', 'versionIndex', {
        artifactID: team.versionId,
        artifactPortfolioID: other.collectionId,
      }),
  ],
  [
    'unlinkArtifact',
    other =>
      mutate(member, 'unlinkArtifact', 'success', {
        artifactID: team.versionId,
        artifactPortfolioID: other.collectionId,
      }),
  ],
  [
    'upsertModel',
    other =>
      mutate(member, 'upsertModel', 'project { id }', {
        id: other.projectId,
        entityName: team.entity,
        name: team.project,
        description: 'mine',
      }),
  ],
  [
    'upsertBucket',
    other =>
      mutate(member, 'upsertBucket', 'bucket { id }', {
        ...{ id: other.runId, modelName: team.project, name: team.run, entityName: team.entity },
      }),
  ],
  [
    'createArtifactManifest',
    other =>
      mutate(member, 'createArtifactManifest', 'artifactManifest { id }', {
        artifactID: other.versionId,
        name: 'm',
        digest: '',
        ...runOf(team),
      }),
  ],
  [
    'createArtifactFiles',
    other =>
      mutate(member, 'createArtifactFiles', 'files { totalCount }', {
        artifactFiles: [{ artifactID: other.versionId, name: 'a', md5: '1B2M2Y8AsgTpgAmY7PhCfg==' }],
      }),
  ],
  ['commitArtifact', other => mutate(member, 'commitArtifact', 'artifact { id }', { artifactID: other.versionId })],
  [
    'createFilterTrigger',
    other =>
      mutate(member, 'createFilterTrigger', 'trigger { id }', {
        name: world.name('a'),
        enabled: true,
        scopeType: 'ARTIFACT_COLLECTION',
        scopeID: other.collectionId,
        triggeringEventType: 'LINK_MODEL',
        eventFilter: '{}',
        triggeredActionType: 'NO_OP',
        triggeredActionConfig: { noOpActionInput: { noOp: true } },
      }),
  ],
  [
    'REST uses',
    other =>
      member.rest(api.artifactVersions.use, {
        params: params(other),
        body: { run: { entity: team.entity, project: team.project, name: team.run } },
      }),
  ],
  [
    'REST uses by their run',
    other =>
      member.rest(api.artifactVersions.use, {
        params: params(team),
        body: { run: { entity: other.entity, project: other.project, name: other.run } },
      }),
  ],
  [
    'REST link by id',
    other =>
      world.asker('organization member').rest(api.modelVersions.link, {
        params: params(world.place('core registry')),
        body: { version: other.versionNumber },
      }),
  ],
  [
    'REST link into theirs',
    other =>
      world.asker('organization admin').rest(api.artifactVersions.link, {
        params: params(team),
        body: { organization: other.entity, registry: other.registry, model: 'mine' },
      }),
  ],
  [
    '/artifactsV2 by birth',
    other =>
      member.at(
        `/artifactsV2/default/${team.entity}/${team.project}/${team.collection}/${other.versionId}/${other.md5}/model.bin`,
      ),
  ],
  [
    '/artifactsV2 with both',
    other =>
      member.at(
        `/artifactsV2/default/${team.entity}/${team.project}/${team.collection}/${team.versionId}/${other.versionId}/${other.md5}/model.bin`,
      ),
  ],
];

describe('one name of mine, one of a hidden one', () => {
  test.each(mixed)('%s', async (_name, send) => {
    const hidden = await send(personal);
    const absent = await send(twin(personal));
    expect([outcomeOf({}, hidden), hidden.text.slice(0, 300)]).toEqual(['hidden', expect.any(String)]);
    expect(absent.status).toBe(hidden.status);
    const plain = ({ text }: Answer) =>
      text
        .replaceAll(/"requestId":"[^"]*"/g, '')
        .replaceAll(personal.registry, '*')
        .replaceAll(twin(personal).registry, '*');
    expect(plain(absent)).toBe(plain(hidden));
  });
});

describe('what is pending, or under way, is its maker’s alone', () => {
  test('uploads of the REST API', async () => {
    const opened = await owner.rest(api.uploads.open, { params: params(personal), body: {} });
    const { id } = succeeded<{ id: string }>(opened);
    for (const asker of [member, world.asker('instance admin')]) {
      const answer = await asker.rest(api.uploads.finish, { params: { id }, body: { sha256: personal.sha256 } });
      const absent = await asker.rest(api.uploads.finish, {
        params: { id: '999999999' },
        body: { sha256: personal.sha256 },
      });
      expect([answer.status, absent.status]).toEqual([404, 404]);
    }
    const complete = {
      completeMultipartAction: 'Complete',
      completedParts: [],
      artifactID: team.versionId,
      storagePath: 'x',
    };
    const field = 'completeMultipartUploadArtifact';
    expect((await mutate(member, field, 'digest', { ...complete, uploadID: id })).status).toBe(404);
    expect((await mutate(member, field, 'digest', { ...complete, uploadID: '999999999' })).status).toBe(404);
  });

  test('versions and their manifests, even for members and admins of the same project', async () => {
    const begun = await mutate(member, 'createArtifact', 'artifact { id }', {
      ...{ entityName: team.entity, projectName: team.project, artifactTypeName: 'model' },
      ...{ artifactCollectionName: 'pending', digest: 'd41d8cd98f00b204e9800998ecf8427e' },
      ...{ digestAlgorithm: 'MANIFEST_MD5', clientID: 'pending-client-id' },
    });
    const [, artifactID] = /"id":"([^"]+)"/.exec(begun.text) ?? [];
    const draft = await mutate(member, 'createArtifactManifest', 'artifactManifest { id }', {
      ...{ artifactID, name: 'm', digest: '', ...runOf(team) },
    });
    const [, artifactManifestID] = /"id":"([^"]+)"/.exec(draft.text) ?? [];
    expect(artifactManifestID).toBeDefined();
    const absentManifest = globalId('ArtifactManifest', 999_999_999);
    for (const asker of [world.asker('team admin'), world.asker('outsider'), world.asker('instance admin')]) {
      expect((await asker.graphql('query ($id: ID!) { artifact(id: $id) { id } }', { id: artifactID })).text).toBe(
        '{"data":{"artifact":null}}',
      );
      const mapped = await asker.graphql('{ clientIDMapping(clientID: "pending-client-id") { serverID } }');
      expect(mapped.text).toBe('{"data":{"clientIDMapping":null}}');
      const [theirs, none] = [
        await mutate(asker, 'updateArtifactManifest', 'artifactManifest { id }', { artifactManifestID }),
        await mutate(asker, 'updateArtifactManifest', 'artifactManifest { id }', {
          artifactManifestID: absentManifest,
        }),
      ];
      expect(theirs).toEqual(none);
      expect(theirs.status).toBe(404);
      expect((await mutate(asker, 'commitArtifact', 'artifact { id }', { artifactID })).status).toBe(404);
    }
  });
});

test('the client id of a hidden version brings nobody its version, and stays what it was', async () => {
  const answer = await mutate(member, 'createArtifact', 'artifact { id }', {
    ...{
      entityName: team.entity,
      projectName: team.project,
      artifactTypeName: 'model',
      artifactCollectionName: 'taken',
    },
    ...{ digest: 'd41d8cd98f00b204e9800998ecf8427e', digestAlgorithm: 'MANIFEST_MD5', clientID: personal.clientId },
  });
  expect(outcomeOf({}, answer)).toBe('hidden');
  const sequence = await mutate(member, 'createArtifact', 'artifact { id }', {
    ...{
      entityName: team.entity,
      projectName: team.project,
      artifactTypeName: 'model',
      artifactCollectionName: 'taken',
    },
    ...{ digest: 'd41d8cd98f00b204e9800998ecf8427e', digestAlgorithm: 'MANIFEST_MD5', clientID: 'fresh-client-id' },
    sequenceClientID: personal.clientId,
  });
  expect(sequence.status).toBe(200);
  const mapped = await owner.graphql('query ($id: ID!) { clientIDMapping(clientID: $id) { serverID } }', {
    id: personal.clientId,
  });
  expect(mapped.text).toContain(personal.versionId);
});

test('an Idempotency-Key replays to its own user only', async () => {
  const headers = { 'idempotency-key': 'the-same-key' };
  const body = { name: 'once' };
  expect((await owner.rest(api.artifacts.create, { params: params(personal), body, headers })).status).toBe(201);
  expect((await owner.rest(api.artifacts.create, { params: params(personal), body, headers })).status).toBe(201);
  expect((await member.rest(api.artifacts.create, { params: params(personal), body, headers })).status).toBe(404);
});

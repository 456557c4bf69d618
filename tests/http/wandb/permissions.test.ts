import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MemberRole } from '../../../packages/server/src/domain/roles.ts';
import type { Caller } from '../../../packages/server/src/services/caller.ts';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { WandbCaller } from './wandb-caller.ts';

let registry: StartedRegistry;
let admin: WandbCaller;
let instanceAdmin: Caller;

beforeAll(async () => {
  registry = await startRegistry();
  admin = new WandbCaller(registry, registry.adminKey);
  instanceAdmin = { principal: await registry.services.authentication.byKey(registry.adminKey, true), requestId: null };
});
afterAll(async () => {
  expect(registry.errors).toEqual([]);
  await registry.stop();
});

async function person(
  username: string,
  roles: { organization?: MemberRole; team?: MemberRole } = {},
): Promise<WandbCaller> {
  const { apiKeys, members, users } = registry.services;
  await users.createUser(instanceAdmin, { username });
  if (roles.organization)
    await members.setMember(instanceAdmin, 'organization', 'weighhouse', username, roles.organization);
  if (roles.team) await members.setMember(instanceAdmin, 'team', 'research', username, roles.team);
  return new WandbCaller(registry, (await apiKeys.createKey(instanceAdmin, username, {})).secret);
}

const link =
  'mutation($id: ID!, $name: String!) { linkArtifact(input: {artifactID: $id, entityName: "weighhouse", projectName: "wandb-registry-model", artifactPortfolioName: $name, aliases: []}) { versionIndex } }';
const everything = `query($id: ID!, $collection: ID!, $entity: String!, $org: String!) {
  artifact(id: $id) { id } artifactCollection(id: $collection) { id } entity(name: $entity) { id } organization(name: $org) { id }
  project(name: "demo", entityName: $entity) { id } registry: project(name: "wandb-registry-model", entityName: $org) { id }
  models(entityName: $entity) { edges { node { id } } } clientIDMapping(clientID: "secret-client-id") { serverID } }`;
const collectionOf = 'query($id: ID!) { artifact(id: $id) { artifactSequence { id name project { name } } } }';

test('to a stranger everything looks as if it did not exist', async () => {
  const id = await admin.log('secret', { a: 'secret' }, { clientID: 'secret-client-id' });
  const { artifact } = await admin.ask(collectionOf, { id });
  const stranger = await person('stranger');
  const names = { id, collection: artifact.artifactSequence.id, entity: 'research', org: 'weighhouse' };
  const nothing = {
    id: 'QXJ0aWZhY3Q6OTk5OTk5',
    collection: 'QXJ0aWZhY3RDb2xsZWN0aW9uOjk5OTk5',
    entity: 'nobody',
    org: 'nobody',
  };
  const seen = await stranger.graphql(everything, names);
  expect(seen).toEqual(await stranger.graphql(everything, nothing).then(answer => ({ ...answer })));
  expect(Object.values(seen.data ?? {})).toEqual(new Array(8).fill(null));
  for (const mutation of [
    'mutation($id: ID!) { deleteArtifact(input: {artifactID: $id, deleteAliases: true}) { artifact { id } } }',
    'mutation($id: ID!) { updateArtifact(input: {artifactID: $id, description: "x"}) { artifact { id } } }',
    'mutation($id: ID!) { commitArtifact(input: {artifactID: $id}) { artifact { id } } }',
    'mutation($id: ID!) { addAliases(input: {artifactID: $id, aliases: [{entityName: "research", projectName: "demo", artifactCollectionName: "secret", alias: "x"}]}) { success } }',
    link.replace(', $name: String!', '').replace('$name', '"x"'),
  ]) {
    expect(await stranger.graphql(mutation, { id })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  }
  expect(await stranger.createArtifact({})).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect((await stranger.fetch('/files/research/demo/r/file_stream', { method: 'POST', body: '{}' })).status).toBe(404);
  expect(
    (await stranger.fetch(`/artifactsV2/default/research/demo/secret/${id}/${id}/${'0'.repeat(32)}/a`)).status,
  ).toBe(404);
});

test('a viewer reads and changes nothing', async () => {
  const id = await admin.log('visible', { a: 'visible' });
  const viewer = await person('viewer', { organization: 'viewer', team: 'viewer' });
  expect((await viewer.ask('{ project(name: "demo", entityName: "research") { readOnly } }')).project.readOnly).toBe(
    true,
  );
  expect(
    (await viewer.ask('query($id: ID!) { artifact(id: $id) { files { totalCount } } }', { id })).artifact.files
      .totalCount,
  ).toBe(1);
  expect(await viewer.createArtifact({})).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  expect(await viewer.graphql(link, { id, name: 'x' })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  const upsert =
    'mutation { upsertBucket(input: {name: "x", entityName: "research", modelName: "demo"}) { inserted } }';
  expect(await viewer.graphql(upsert)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
});

test('a link lets people of the organization read what they cannot see at its source', async () => {
  const id = await admin.log('shared', { a: 'shared' });
  const colleague = await person('colleague', { organization: 'member' });
  expect((await colleague.ask(collectionOf, { id })).artifact).toBeNull();
  await admin.ask(link, { id, name: 'shared-model' });
  const query = `{ project(name: "wandb-registry-model", entityName: "weighhouse") { artifactCollectionMembership(name: "shared-model") {
    artifact { id aliases { alias artifactCollection { name } } artifactSequence { name project { name } } files { edges { node { directUrl } } } } } } }`;
  const { artifact } = (await colleague.ask(query)).project.artifactCollectionMembership;
  // The client takes a source without a project for one that it may not see.
  expect(artifact).toMatchObject({
    id,
    artifactSequence: { name: 'shared', project: null },
    aliases: [{ alias: 'latest', artifactCollection: { name: 'shared-model' } }],
  });
  expect(await (await fetch(artifact.files.edges[0].node.directUrl)).text()).toBe('shared');
  const edit = 'mutation($id: ID!) { updateArtifact(input: {artifactID: $id, description: "x"}) { artifact { id } } }';
  expect(await colleague.graphql(edit, { id })).toMatchObject({ status: 403 });
});

test('an address for bytes stops working with its user', async () => {
  const reader = await person('reader', { team: 'viewer' });
  const id = await admin.log('addressed', { a: 'addressed' });
  const { artifact } = await reader.ask(
    'query($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } } } }',
    { id },
  );
  const url = artifact.files.edges[0].node.directUrl;
  expect((await fetch(url)).status).toBe(200);
  const tampered = url.replace(/blobs\/(\d+)/, (_: string, number: string) => `blobs/${Number(number) + 1}`);
  expect((await fetch(tampered)).status).toBe(403);
  await registry.services.users.disableUser(instanceAdmin, 'reader');
  expect((await fetch(url)).status).toBe(401);
});

test('an administrator acts as one only where the client says so', async () => {
  const stranger = await person('loner');
  await stranger.ask('mutation { upsertBucket(input: {name: "own", modelName: "private"}) { inserted } }');
  const query = '{ project(name: "private", entityName: "loner") { name } }';
  expect(await admin.graphql(query)).toMatchObject({ data: { project: null } });
  expect(await admin.graphql(query, {}, { 'use-admin-privileges': 'true' })).toMatchObject({
    data: { project: { name: 'private' } },
  });
  expect(
    await stranger.graphql('{ users { edges { node { username } } } }', {}, { 'use-admin-privileges': 'true' }),
  ).toMatchObject({ status: 403 });
});

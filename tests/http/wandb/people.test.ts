import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { WandbCaller } from './wandb-caller.ts';

let registry: StartedRegistry;
let admin: WandbCaller;

beforeAll(async () => {
  registry = await startRegistry();
  admin = new WandbCaller(registry, registry.adminKey);
});
afterAll(async () => {
  expect(registry.errors).toEqual([]);
  await registry.stop();
});

interface Member {
  id: string;
  username: string | null;
  email: string | null;
  pending: boolean;
  accountType: string;
  apiKey: string | null;
}

/** What `GetTeamEntity` reads. */
async function members(who: WandbCaller): Promise<Member[]> {
  const { entity } = await who.ask(
    '{ entity(name: "research") { members { id admin pending email username name photoUrl accountType apiKey } } }',
  );
  return entity.members;
}

const createInvite =
  'mutation CreateInvite($entity: String!, $email: String, $username: String, $admin: Boolean) { result: createInvite(input: {entityName: $entity, email: $email, username: $username, admin: $admin}) { invite { id name email createdAt toUser { name } } } }';
const deleteInvite =
  'mutation DeleteInvite($id: String, $entity: String) { result: deleteInvite(input: {id: $id, entityName: $entity}) { success } }';
const createServiceAccount =
  'mutation CreateServiceAccount($entity: String!, $description: String!) { result: createServiceAccount(input: {description: $description, entityName: $entity}) { user { id } } }';

test('a service account is the last member, with the key that only its maker sees', async () => {
  const { result } = await admin.ask(createServiceAccount, { entity: 'research', description: 'ci' });
  const account = (await members(admin)).at(-1);
  expect(account).toMatchObject({ id: result.user.id, accountType: 'SERVICE', pending: false, email: null });
  const itself = new WandbCaller(registry, account?.apiKey ?? '');
  expect((await members(itself)).map(({ apiKey }) => apiKey)).toEqual([null, null]);
  const { viewer } = await itself.ask('{ viewer { id entity teams { edges { node { name } } } } }');
  expect(viewer).toEqual({ id: account?.id, entity: 'research', teams: { edges: [{ node: { name: 'research' } }] } });
  expect(
    await itself.ask('mutation { upsertBucket(input: {name: "r", modelName: "by-service"}) { inserted } }'),
  ).toMatchObject({ upsertBucket: { inserted: true } });

  expect(await admin.ask(deleteInvite, { id: account?.id, entity: 'research' })).toEqual({ result: { success: true } });
  expect(await itself.graphql('{ viewer { id } }')).toMatchObject({ status: 401 });
});

test('a service account needs a description and a team', async () => {
  const nameless = await admin.graphql(createServiceAccount, { entity: 'research', description: '' });
  expect(nameless).toMatchObject({ status: 400, code: 'INVALID_NAME' });
  const absent = await admin.graphql(createServiceAccount, { entity: 'nobody', description: 'x' });
  expect(absent).toMatchObject({ status: 404 });
  const personal = await admin.graphql(createServiceAccount, { entity: 'admin', description: 'x' });
  expect(personal).toMatchObject({ status: 404 });
});

test('an invitation waits among the members until it is withdrawn or accepted', async () => {
  const variables = { entity: 'research', email: 'Grace@example.com', admin: true };
  const { result } = await admin.ask(createInvite, variables);
  expect(result.invite).toMatchObject({ name: 'Grace@example.com', email: 'Grace@example.com', toUser: null });
  const pending = async () => (await members(admin)).filter(member => member.pending);
  expect(await pending()).toMatchObject([{ id: result.invite.id, username: null, email: 'Grace@example.com' }]);

  const again = await admin.graphql(createInvite, { ...variables, email: 'grace@EXAMPLE.com' });
  expect(again).toMatchObject({ status: 409, code: 'ALREADY_EXISTS' });
  await admin.ask(deleteInvite, { id: result.invite.id, entity: 'research' });
  expect(await admin.graphql(deleteInvite, { id: result.invite.id, entity: 'research' })).toMatchObject({
    status: 404,
  });
  expect(await pending()).toEqual([]);

  await admin.ask(createInvite, variables);
  await admin.graphql(
    'mutation { createUser(input: {email: "grace@example.com"}) { user { id } } }',
    {},
    {
      'use-admin-privileges': 'true',
    },
  );
  expect(await pending()).toEqual([]);
  expect((await members(admin)).find(({ username }) => username === 'grace')).toMatchObject({ accountType: 'ADMIN' });
});

test.each([
  ['nobody', {}, 400],
  ['no address', { email: 'x@' }, 400],
  ['an unknown user', { username: 'nemo' }, 404],
  ['a member', { username: 'admin' }, 409],
])('inviting %s is refused in words', async (_who, who, status) => {
  const before = await members(admin);
  expect(await admin.graphql(createInvite, { entity: 'research', ...who })).toMatchObject({ status });
  expect(await members(admin)).toEqual(before);
});

test('a team knows how many bytes its versions have', async () => {
  const bytes = async () => (await admin.ask('{ entity(name: "research") { storageBytes } }')).entity.storageBytes;
  const before = await bytes();
  await admin.log('m', { a: 'twelve bytes', b: 'and six' });
  expect((await bytes()) - before).toBe(12 + 7);
});

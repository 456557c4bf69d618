import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

const invite = (email: string, role: 'viewer' | 'member' | 'admin' = 'member', caller: Caller = registry.admin) =>
  registry.services.invitations.invite(caller, 'research', { email }, role);
const waiting = async (caller: Caller = registry.admin) =>
  (await registry.services.invitations.list(caller, 'research', { limit: 10 })).items;
const createUser = (username: string, email: string | null) =>
  registry.services.users.createUser(registry.asInstanceAdmin(), { username, email });
const membersOf = async (team: string) =>
  (await registry.services.members.listMembers(registry.admin, 'team', team)).items.map(({ username }) => username);

test('an invitation waits for a user with its address, in upper or lower case, and becomes a membership', async () => {
  expect(await invite('Grace@Example.com', 'admin')).toMatchObject({
    member: null,
    invitation: { email: 'Grace@Example.com', role: 'admin' },
  });
  await createUser('other', 'grace@example.org');
  expect(await membersOf('research')).toEqual(['admin']);
  const grace = await createUser('grace', 'grace@EXAMPLE.com');
  const { members } = registry.services;
  expect(await members.getMember(registry.admin, 'team', 'research', 'grace')).toMatchObject({ role: 'admin' });
  expect(await members.getMember(registry.admin, 'organization', 'weighhouse', 'grace')).toMatchObject({
    role: 'member',
  });
  expect(await waiting()).toEqual([]);
  expect(grace.defaultEntity).toBe('grace');
});

test('it becomes one when a user is made, and only then', async () => {
  await registry.person('mallory');
  await createUser('without', null);
  await invite('grace@example.com');
  const { users } = registry.services;
  await users.updateUser(registry.asInstanceAdmin(), 'without', { email: 'grace@example.com' });
  expect(await membersOf('research')).toEqual(['admin']);
  expect(await waiting()).toHaveLength(1);
});

test('nobody takes an address for themselves: only administrators of the server change it', async () => {
  const mallory = await registry.person('mallory');
  const { users } = registry.services;
  await expect(users.updateUser(mallory, 'mallory', { email: 'grace@example.com' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(await invite('grace@example.com')).toMatchObject({ member: null });
});

test('who is known by address is a member at once', async () => {
  await createUser('ada', 'ada@example.com');
  expect(await invite('ADA@example.com')).toMatchObject({
    member: { username: 'ada', role: 'member' },
    invitation: null,
  });
  expect(await membersOf('research')).toEqual(['ada', 'admin']);
});

test('an address of several users is nobody in particular', async () => {
  for (const username of ['one', 'two']) await createUser(username, 'shared@example.com');
  await expect(invite('shared@example.com')).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await waiting()).toEqual([]);
});

test('inviting again changes nothing', async () => {
  await createUser('ada', 'ada@example.com');
  await invite('ada@example.com', 'admin');
  await invite('grace@example.com', 'admin');
  for (const email of ['ada@example.com', 'grace@example.com', 'GRACE@example.com'])
    await expect(invite(email)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  expect(await waiting()).toMatchObject([{ email: 'grace@example.com', role: 'admin' }]);
  const { members } = registry.services;
  expect(await members.getMember(registry.admin, 'team', 'research', 'ada')).toMatchObject({ role: 'admin' });
});

test.each([
  '',
  'grace',
  '@example.com',
  'grace@',
  'a b@example.com',
  'a\u0000@example.com',
  '\ud800@example.com',
  `${'a'.repeat(251)}@b.c`,
])('the address %j is refused', async email => {
  await expect(invite(email)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(await waiting()).toEqual([]);
});

test('what is withdrawn is over, and belongs to one team', async () => {
  const { entities, invitations } = registry.services;
  await entities.createTeam(registry.admin, { name: 'vision', organization: 'weighhouse' });
  const { invitation } = await invite('grace@example.com');
  const id = invitation?.id ?? 0;
  await expect(invitations.withdraw(registry.admin, 'vision', id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await invitations.withdraw(registry.admin, 'research', id);
  await expect(invitations.withdraw(registry.admin, 'research', id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await createUser('grace', 'grace@example.com');
  expect(await membersOf('research')).toEqual(['admin']);
});

test('only admins of a team invite, and see who is invited', async () => {
  const member = await registry.person('ada', { team: 'member' });
  await invite('grace@example.com');
  const { entities, invitations } = registry.services;
  await expect(invite('eve@example.com', 'member', member)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(waiting(member)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const team = await entities.getEntity(member, 'team', 'research');
  expect(await invitations.pending(member, team)).toEqual([]);
  expect(await invitations.pending(registry.admin, team)).toHaveLength(1);
});

test('an invitation of a team that is gone leads nowhere', async () => {
  const { entities, invitations } = registry.services;
  await entities.createTeam(registry.admin, { name: 'vision', organization: 'weighhouse' });
  await invitations.invite(registry.admin, 'vision', { email: 'grace@example.com' }, 'member');
  await entities.deleteEntity(registry.admin, 'team', 'vision');
  const grace = await createUser('grace', 'grace@example.com');
  expect(await registry.store.read.accounts.listMembershipsOf(grace.id)).toEqual([]);
});

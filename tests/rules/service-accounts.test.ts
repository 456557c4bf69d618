import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import type { Attribution } from '../../packages/server/src/services/runs.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

const makersKey = 'makers-key-0123456789012345678901234567890';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

async function made(name = 'continuous integration') {
  const account = await registry.services.serviceAccounts.create(registry.admin, 'research', { name }, makersKey);
  return { account, secret: await firstKey(account.id) };
}

async function firstKey(userId: number, key = makersKey): Promise<string> {
  const { members, serviceAccounts } = registry.services;
  const { items } = await members.listMembers(registry.admin, 'team', 'research');
  return (await serviceAccounts.firstKeys(key, items)).get(userId) ?? '';
}

async function callerWith(secret: string): Promise<Caller> {
  return { principal: await registry.services.authentication.byKey(secret, true), requestId: 'test' };
}

test('a service account works for its team: it logs there, and links into the registries', async () => {
  const { account, secret } = await made();
  expect(account).toMatchObject({ name: 'continuous integration', defaultEntity: 'research', admin: false });
  const caller = await callerWith(secret);
  const version = await registry.log({ 'model.bin': 'one' }, {}, caller);
  const target = { entity: 'weighhouse', project: 'wandb-registry-model', name: 'task' };
  await registry.services.links.link(caller, version.id, target, []);
  expect((await registry.aliases(await registry.model('task'))).latest).toBe(0);
  const { items } = await registry.services.members.listMembers(registry.admin, 'team', 'research');
  expect(items.map(({ username, role, serviceAccount }) => [username, role, serviceAccount])).toEqual([
    ['admin', 'admin', false],
    [account.username, 'member', true],
  ]);
});

test('only admins of the team make one, and only a team has one', async () => {
  const { serviceAccounts } = registry.services;
  const member = await registry.person('ada', { team: 'member' });
  const stranger = await registry.person('stranger');
  const make = (caller: Caller, team: string, name = 'ci') => serviceAccounts.create(caller, team, { name });
  await expect(make(member, 'research')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(make(stranger, 'research')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(make(registry.admin, 'weighhouse')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const before = await registry.store.read.accounts.countUsers();
  await expect(make(registry.admin, 'research', '')).rejects.toMatchObject({ code: 'INVALID_NAME' });
  expect(await registry.store.read.accounts.countUsers()).toBe(before);
});

test('its first key is shown to whoever made it: for ten minutes, until it is used', async () => {
  const { account, secret } = await made();
  expect(secret).toMatch(/^wh_/);
  expect(await firstKey(account.id, 'another-key-012345678901234567890123456789')).toBe('');
  registry.clock.time += 9 * 60_000;
  expect(await firstKey(account.id)).toBe(secret);
  registry.clock.time += 2 * 60_000;
  expect(await firstKey(account.id)).toBe('');

  const second = await made('second');
  expect(second.secret).not.toBe(secret);
  const [key] = await registry.services.apiKeys.listKeys(registry.admin, second.account.username);
  await registry.store.transaction(tx => tx.accounts.touchKey(key?.id ?? 0, registry.clock.time));
  expect(await firstKey(second.account.id)).toBe('');

  const keyless = await registry.services.serviceAccounts.create(registry.admin, 'research', { name: 'third' });
  expect(await firstKey(keyless.id)).toBe('');
  expect(await registry.services.apiKeys.listKeys(registry.admin, keyless.username)).toEqual([]);
});

test('its keys are made and revoked by itself and by admins of its team, and by nobody else', async () => {
  const { apiKeys } = registry.services;
  const { account, secret } = await made();
  const caller = await callerWith(secret);
  const lead = await registry.person('lead', { team: 'admin' });
  const member = await registry.person('ada', { team: 'member' });
  for (const who of [caller, lead]) {
    const { key } = await apiKeys.createKey(who, account.username, { name: 'another' });
    await apiKeys.revokeKey(who, account.username, key.id);
  }
  await expect(apiKeys.createKey(member, account.username, {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(apiKeys.createKey(lead, 'ada', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('it works for no other team, and neither leads one nor administers the server', async () => {
  const { entities, members, users, registries } = registry.services;
  const { account } = await made();
  const { username } = account;
  const root = registry.asInstanceAdmin();
  await entities.createTeam(registry.admin, { name: 'vision', organization: 'weighhouse' });
  const refused = { code: 'INVALID_INPUT' };
  await expect(members.setMember(registry.admin, 'team', 'vision', username, 'member')).rejects.toMatchObject(refused);
  await expect(members.setMember(registry.admin, 'team', 'research', username, 'viewer')).rejects.toMatchObject(
    refused,
  );
  await expect(users.updateUser(root, username, { admin: true })).rejects.toMatchObject(refused);
  await expect(
    entities.createTeam(registry.admin, { name: 'own', organization: 'weighhouse', admin: username }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const model = await registries.get(registry.admin, 'weighhouse', 'model');
  await expect(registries.setUserRole(registry.admin, model, account.id, 'viewer')).rejects.toMatchObject(refused);
  await registries.setUserRole(registry.admin, model, account.id, 'admin');
  expect(await members.setMember(registry.admin, 'team', 'research', username, 'admin')).toMatchObject({
    role: 'admin',
  });
});

test('removed from its team, or left behind by it, it is disabled; what it logged stays', async () => {
  const { entities, members, authentication, addresses } = registry.services;
  const { account, secret } = await made();
  await registry.log({ 'model.bin': 'one' }, {}, await callerWith(secret));
  await members.removeMember(registry.admin, 'team', 'research', account.username);
  await expect(authentication.byKey(secret, false)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect((await addresses.resolve(registry.admin, 'research/digits/classifier')).membership.number).toBe(0);
  expect(await registry.store.read.accounts.listMembershipsOf(account.id)).toEqual([]);

  await entities.createTeam(registry.admin, { name: 'vision', organization: 'weighhouse' });
  const other = await registry.services.serviceAccounts.create(registry.admin, 'vision', { name: 'ci' });
  await entities.deleteEntity(registry.admin, 'team', 'vision');
  expect((await registry.store.read.accounts.findUser(other.id))?.disabled).toBe(true);
});

test('a run of a service account is the member’s of its team for whom it works, by username or address', async () => {
  const { account, secret } = await made();
  const caller = await callerWith(secret);
  const ada = await registry.person('ada', { team: 'viewer' });
  const stranger = await registry.person('stranger');
  const root = registry.asInstanceAdmin();
  for (const username of ['ada', 'stranger'])
    await registry.services.users.updateUser(root, username, { email: `${username}@example.com` });
  let count = 0;
  const authorOf = async (who: Caller, attribution: Attribution) => {
    const name = `r${++count}`;
    const { run } = await registry.services.runs.upsert(who, 'research', 'digits', name, {}, attribution);
    return run.userId;
  };
  expect(await authorOf(caller, { username: 'ada' })).toBe(ada.principal.userId);
  expect(await authorOf(caller, { email: 'ADA@example.com' })).toBe(ada.principal.userId);
  for (const attribution of [{}, { username: 'stranger' }, { email: 'stranger@example.com' }, { username: 'nemo' }])
    expect(await authorOf(caller, attribution)).toBe(account.id);
  const member = await registry.person('bob', { team: 'member' });
  expect(await authorOf(member, { username: 'ada' })).toBe(member.principal.userId);
  // It is a name and no right: the service account asks as itself.
  await expect(authorOf(stranger, { username: 'ada' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

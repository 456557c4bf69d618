import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventRelay, eventHash } from '../../packages/server/src/jobs/event-relay.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

test('the first start makes admin, weighhouse with its core registries, and research, the default entity', async () => {
  const { accounts, registries } = registry.services;
  const { user, memberships } = await accounts.viewer(registry.admin);
  expect(user).toMatchObject({ username: 'admin', admin: true, defaultEntity: 'research' });
  expect(memberships.map(({ name, role }) => [name, role])).toEqual(
    expect.arrayContaining([
      ['weighhouse', 'admin'],
      ['research', 'admin'],
    ]),
  );
  const { items } = await registries.list(registry.admin, 'weighhouse', { limit: 10 });
  expect(items.map(({ name }) => name).sort()).toEqual(['wandb-registry-dataset', 'wandb-registry-model']);
});

test('users, teams and organizations share one namespace, with reserved words', async () => {
  const { accounts } = registry.services;
  const root = registry.asInstanceAdmin();
  for (const username of ['admin', 'weighhouse', 'research'])
    await expect(accounts.createUser(root, { username })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await expect(accounts.createUser(root, { username: 'graphql' })).rejects.toMatchObject({ code: 'NAME_RESERVED' });
  await expect(
    accounts.createTeam(registry.admin, { name: 'admin', organization: 'weighhouse', admin: 'admin' }),
  ).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
});

test('a new user has a personal entity, which is the default, and joins nothing', async () => {
  const ada = await registry.person('ada');
  const { user, memberships } = await registry.services.accounts.viewer(ada);
  expect(user).toMatchObject({ username: 'ada', defaultEntity: 'ada', admin: false });
  expect(memberships).toEqual([]);
});

test('being in a team implies being in its organization; leaving the organization is leaving its teams', async () => {
  await registry.person('ada', { team: 'member' });
  const { accounts } = registry.services;
  const members = await accounts.listMembers(registry.admin, 'organization', 'weighhouse');
  expect(members.items.map(({ username, role }) => [username, role])).toContainEqual(['ada', 'member']);
  await accounts.removeMember(registry.admin, 'organization', 'weighhouse', 'ada');
  expect(
    (await accounts.listMembers(registry.admin, 'team', 'research')).items.map(({ username }) => username),
  ).toEqual(['admin']);
});

test('the last admin stays', async () => {
  const { accounts } = registry.services;
  await expect(accounts.setMember(registry.admin, 'team', 'research', 'admin', 'viewer')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(accounts.removeMember(registry.admin, 'organization', 'weighhouse', 'admin')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(accounts.disableUser(registry.asInstanceAdmin(), 'admin')).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('keys: imported ones are unique across users, revoked ones stay out', async () => {
  const { accounts, authentication } = registry.services;
  const root = registry.asInstanceAdmin();
  await registry.person('ada');
  await registry.person('bob');
  const secret = 'local-0123456789012345678901234567890123456789';
  const { key } = await accounts.createKey(root, 'ada', { secret });
  expect((await authentication.byKey(secret, false)).username).toBe('ada');
  await expect(accounts.createKey(root, 'bob', { secret })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await accounts.revokeKey(root, 'ada', key.id);
  await expect(authentication.byKey(secret, false)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(accounts.createKey(root, 'bob', { secret })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
});

test('a disabled user is out with the next request; the name and the versions stay', async () => {
  const { accounts, authentication, addresses } = registry.services;
  const ada = await registry.person('ada', { team: 'member' });
  await registry.log({ 'model.bin': 'one' }, {}, ada);
  const { secret } = await accounts.createKey(registry.asInstanceAdmin(), 'ada', {});
  await accounts.disableUser(registry.asInstanceAdmin(), 'ada');
  await expect(authentication.byKey(secret, false)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(registry.person('ada')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  expect((await addresses.resolve(registry.admin, 'research/digits/classifier')).membership.number).toBe(0);
});

test('only an empty team or organization is deleted', async () => {
  const { accounts } = registry.services;
  await registry.log({ 'model.bin': 'one' });
  await expect(accounts.deleteEntity(registry.admin, 'team', 'research')).rejects.toMatchObject({ code: 'NOT_EMPTY' });
  await expect(accounts.deleteEntity(registry.admin, 'organization', 'weighhouse')).rejects.toMatchObject({
    code: 'NOT_EMPTY',
  });
  await accounts.createOrganization(registry.asInstanceAdmin(), { name: 'empty', admin: 'admin' });
  await accounts.deleteEntity(registry.asInstanceAdmin(), 'organization', 'empty');
});

test('strangers see nothing: every look-up answers as if it were not there', async () => {
  await registry.log({ 'model.bin': 'one' });
  const stranger = await registry.person('stranger');
  const { accounts, projects, collections, registries } = registry.services;
  for (const look of [
    () => projects.get(stranger, 'research', 'digits'),
    () => collections.get(stranger, 'research', 'digits', 'classifier'),
    () => accounts.getEntity(stranger, 'team', 'research'),
    () => accounts.getEntity(stranger, 'organization', 'weighhouse'),
    () => accounts.getUser(stranger, 'admin'),
    () => registries.get(stranger, 'weighhouse', 'model'),
  ]) {
    await expect(look()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('every change is an event, and the relay seals them into one unbroken chain', async () => {
  await registry.log({ 'model.bin': 'one' }, { aliases: ['best'] });
  const relay = new EventRelay(registry.store, registry.clock, 'test');
  await Promise.all([relay.run(), relay.run()]);
  await registry.log({ 'model.bin': 'two' });
  await relay.run();
  const { items } = await registry.store.read.events.listEvents({ limit: 1000 });
  expect(items.map(({ sequence }) => sequence)).toEqual(items.map((_, i) => i + 1));
  let hash = '0'.repeat(64);
  for (const event of items) {
    hash = eventHash(hash, event.sequence, event);
    expect(event.hash).toBe(hash);
  }
  expect(items.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['user.created', 'organization.created', 'version.committed', 'alias.set']),
  );
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventRelay, eventHash } from '../../packages/server/src/jobs/event-relay.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

test('the first start makes admin, weighhouse with its core registries, and research, the default entity', async () => {
  const { users, registries } = registry.services;
  const { user, memberships } = await users.viewer(registry.admin);
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
  const { entities, users } = registry.services;
  const root = registry.asInstanceAdmin();
  for (const username of ['admin', 'weighhouse', 'research'])
    await expect(users.createUser(root, { username })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await expect(users.createUser(root, { username: 'graphql' })).rejects.toMatchObject({ code: 'NAME_RESERVED' });
  await expect(
    entities.createTeam(registry.admin, { name: 'admin', organization: 'weighhouse', admin: 'admin' }),
  ).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
});

test('a new user has a personal entity, which is the default, and joins nothing', async () => {
  const ada = await registry.person('ada');
  const { user, memberships } = await registry.services.users.viewer(ada);
  expect(user).toMatchObject({ username: 'ada', defaultEntity: 'ada', admin: false });
  expect(memberships).toEqual([]);
});

test('being in a team implies being in its organization; leaving the organization is leaving its teams', async () => {
  await registry.person('ada', { team: 'member' });
  const { members } = registry.services;
  const found = await members.listMembers(registry.admin, 'organization', 'weighhouse');
  expect(found.items.map(({ username, role }) => [username, role])).toContainEqual(['ada', 'member']);
  await members.removeMember(registry.admin, 'organization', 'weighhouse', 'ada');
  expect((await members.listMembers(registry.admin, 'team', 'research')).items.map(({ username }) => username)).toEqual(
    ['admin'],
  );
});

test('the last admin stays', async () => {
  const { members, users } = registry.services;
  await expect(members.setMember(registry.admin, 'team', 'research', 'admin', 'viewer')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(members.removeMember(registry.admin, 'organization', 'weighhouse', 'admin')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(users.disableUser(registry.asInstanceAdmin(), 'admin')).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('keys: imported ones are unique across users, revoked ones stay out', async () => {
  const { apiKeys, authentication } = registry.services;
  const root = registry.asInstanceAdmin();
  await registry.person('ada');
  await registry.person('bob');
  const secret = 'local-0123456789012345678901234567890123456789';
  const { key } = await apiKeys.createKey(root, 'ada', { secret });
  expect((await authentication.byKey(secret, false)).username).toBe('ada');
  await expect(apiKeys.createKey(root, 'bob', { secret })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await apiKeys.revokeKey(root, 'ada', key.id);
  await expect(authentication.byKey(secret, false)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(apiKeys.createKey(root, 'bob', { secret })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
});

test('a disabled user is out with the next request; the name and the versions stay', async () => {
  const { apiKeys, users, authentication, addresses } = registry.services;
  const ada = await registry.person('ada', { team: 'member' });
  await registry.log({ 'model.bin': 'one' }, {}, ada);
  const { secret } = await apiKeys.createKey(registry.asInstanceAdmin(), 'ada', {});
  await users.disableUser(registry.asInstanceAdmin(), 'ada');
  await expect(authentication.byKey(secret, false)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(registry.person('ada')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  expect((await addresses.resolve(registry.admin, 'research/digits/classifier')).membership.number).toBe(0);
});

test('only an empty team or organization is deleted', async () => {
  const { entities } = registry.services;
  await registry.log({ 'model.bin': 'one' });
  await expect(entities.deleteEntity(registry.admin, 'team', 'research')).rejects.toMatchObject({ code: 'NOT_EMPTY' });
  await expect(entities.deleteEntity(registry.admin, 'organization', 'weighhouse')).rejects.toMatchObject({
    code: 'NOT_EMPTY',
  });
  await entities.createOrganization(registry.asInstanceAdmin(), { name: 'empty', admin: 'admin' });
  await entities.deleteEntity(registry.asInstanceAdmin(), 'organization', 'empty');
});

test('strangers see nothing: every look-up answers as if it were not there', async () => {
  await registry.log({ 'model.bin': 'one' });
  const stranger = await registry.person('stranger');
  const { entities, users, projects, collections, registries } = registry.services;
  for (const look of [
    () => projects.get(stranger, 'research', 'digits'),
    () => collections.get(stranger, 'research', 'digits', 'classifier'),
    () => entities.getEntity(stranger, 'team', 'research'),
    () => entities.getEntity(stranger, 'organization', 'weighhouse'),
    () => users.getUser(stranger, 'admin'),
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

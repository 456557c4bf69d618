import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Resolved } from '../../packages/server/src/services/addresses.ts';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
let member: Caller;
beforeAll(async () => {
  registry = await RulesRegistry.open();
  const version = await registry.log({ 'model.bin': 'one' }, { aliases: ['best'] });
  await registry.log({ 'model.bin': 'two' });
  const target = { entity: 'weighhouse', project: 'wandb-registry-model', name: 'Digits' };
  await registry.services.links.link(registry.admin, version.id, target, ['production']);
  await registry.services.links.link(
    registry.admin,
    version.id,
    { entity: 'research', project: 'model-registry', name: 'Old' },
    [],
  );
  await registry.log({ 'model.bin': 'u' }, { project: 'uncategorized', name: 'loose' });
  member = await registry.person('mia', { team: 'member' });
});
afterAll(() => registry.close());

/** Both ways to read an address have to agree: the one in steps, and the one that takes a single statement where it can. */
async function read(caller: Caller, address: string): Promise<Resolved> {
  const { addresses } = registry.services;
  const [resolved, shown] = await Promise.allSettled([
    addresses.resolve(caller, address),
    addresses.show(caller, address),
  ]);
  if (resolved.status === 'rejected' || shown.status === 'rejected') {
    expect(shown).toEqual(resolved);
    throw (resolved as PromiseRejectedResult).reason;
  }
  expect(shown.value).toMatchObject(resolved.value);
  return resolved.value;
}

test.each([
  ['research/digits/classifier', 1],
  ['research/digits/classifier:latest', 1],
  ['research/digits/classifier:best', 0],
  ['research/digits/classifier:v0', 0],
  ['digits/classifier:v1', 1],
  ['loose', 0],
  ['wandb-registry-model/Digits:production', 0],
  ['weighhouse/wandb-registry-model/Digits:v0', 0],
  ['Weighhouse/wandb-registry-model/Digits', 0],
  ['model-registry/Old', 0],
  ['research/model-registry/Old:v0', 0],
])('%s', async (address, number) => {
  expect((await read(registry.admin, address)).membership.number).toBe(number);
});

test.each([
  ['a/b/c/d:latest', 'INVALID_ADDRESS'],
  ['research//classifier', 'INVALID_ADDRESS'],
  ['', 'INVALID_ADDRESS'],
  ['research/digits/classifier:', 'INVALID_ADDRESS'],
  ['research/digits/classifier:v7', 'NOT_FOUND'],
  ['research/digits/classifier:nothing', 'NOT_FOUND'],
  ['research/digits/nothing', 'NOT_FOUND'],
  ['research/nothing/classifier', 'NOT_FOUND'],
  ['nobody/digits/classifier', 'NOT_FOUND'],
  ['nobody/wandb-registry-model/Digits', 'NOT_FOUND'],
  ['wandb-registry-nothing/Digits', 'NOT_FOUND'],
])('%s is %s', async (address, code) => {
  await expect(read(registry.admin, address)).rejects.toMatchObject({ code });
});

test('a registry name in several organizations needs the organization', async () => {
  const root = registry.asInstanceAdmin();
  await registry.services.entities.createOrganization(root, { name: 'second', admin: 'mia' });
  const both = { ...member, principal: await registry.services.authentication.byUserId(member.principal.userId) };
  await expect(read(both, 'wandb-registry-model/Digits')).rejects.toMatchObject({
    code: 'AMBIGUOUS_ADDRESS',
    message: expect.stringContaining('second/wandb-registry-model'),
  });
  expect((await read(both, 'weighhouse/wandb-registry-model/Digits')).membership.number).toBe(0);
});

test('an organization that is shown by the name of another makes it ambiguous, for those who are in both', async () => {
  const root = registry.asInstanceAdmin();
  await registry.services.entities.createOrganization(root, { name: 'third', displayName: 'weighhouse', admin: 'mia' });
  const both = { ...member, principal: await registry.services.authentication.byUserId(member.principal.userId) };
  const address = 'weighhouse/wandb-registry-model/Digits:production';
  await expect(read(both, address)).rejects.toMatchObject({ code: 'AMBIGUOUS_ADDRESS' });
  const other = await registry.person('noa', { team: 'member' });
  expect((await read(other, address)).project.entityName).toBe('weighhouse');
});

test('what may not be seen is not found, whichever way is taken', async () => {
  const stranger = await registry.person('eve');
  for (const address of ['research/digits/classifier:best', 'weighhouse/wandb-registry-model/Digits:production'])
    await expect(read(stranger, address)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what was renamed keeps its old address as a redirect, and its old name reserved', async () => {
  const { collections, projects, entities, users } = registry.services;
  await collections.update(registry.admin, await registry.artifact(), { name: 'digit-classifier' });
  await projects.update(registry.admin, await projects.get(registry.admin, 'research', 'digits'), { name: 'mnist' });
  await entities.updateEntity(registry.admin, 'team', 'research', { name: 'science' });
  for (const address of [
    'research/digits/classifier:best',
    'science/mnist/digit-classifier:best',
    'science/digits/classifier:best',
  ]) {
    const resolved = await read(registry.admin, address);
    expect(`${resolved.project.entityName}/${resolved.project.name}/${resolved.collection.name}`).toBe(
      'science/mnist/digit-classifier',
    );
  }
  const project = await projects.get(registry.admin, 'science', 'mnist');
  await expect(
    collections.create(registry.admin, project, { kind: 'artifact', name: 'classifier', type: 'model' }),
  ).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await expect(users.createUser(registry.asInstanceAdmin(), { username: 'research' })).rejects.toMatchObject({
    code: 'ALREADY_EXISTS',
  });
});

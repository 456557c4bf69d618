import { afterAll, beforeAll, expect, test } from 'vitest';
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
  expect((await registry.services.addresses.resolve(registry.admin, address)).membership.number).toBe(number);
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
  await expect(registry.services.addresses.resolve(registry.admin, address)).rejects.toMatchObject({ code });
});

test('a registry name in several organizations needs the organization', async () => {
  const root = registry.asInstanceAdmin();
  await registry.services.entities.createOrganization(root, { name: 'second', admin: 'mia' });
  const both = { ...member, principal: await registry.services.authentication.byUserId(member.principal.userId) };
  await expect(registry.services.addresses.resolve(both, 'wandb-registry-model/Digits')).rejects.toMatchObject({
    code: 'AMBIGUOUS_ADDRESS',
    message: expect.stringContaining('second/wandb-registry-model'),
  });
  expect(
    (await registry.services.addresses.resolve(both, 'weighhouse/wandb-registry-model/Digits')).membership.number,
  ).toBe(0);
});

test('what was renamed keeps its old address as a redirect, and its old name reserved', async () => {
  const { collections, projects, entities, users, addresses } = registry.services;
  await collections.update(registry.admin, await registry.artifact(), { name: 'digit-classifier' });
  await projects.update(registry.admin, await projects.get(registry.admin, 'research', 'digits'), { name: 'mnist' });
  await entities.updateEntity(registry.admin, 'team', 'research', { name: 'science' });
  for (const address of [
    'research/digits/classifier:best',
    'science/mnist/digit-classifier:best',
    'science/digits/classifier:best',
  ]) {
    const resolved = await addresses.resolve(registry.admin, address);
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

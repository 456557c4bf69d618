import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

const digits = { entity: 'weighhouse', project: 'wandb-registry-model', name: 'Digits' };

function link(versionId: number, aliases: string[] = [], target = digits, caller: Caller = registry.admin) {
  return registry.services.links.link(caller, versionId, target, aliases);
}

test('a registered model is made by its first link and holds one type', async () => {
  const model = await registry.log({ 'model.bin': 'one' });
  expect(await link(model.id)).toMatchObject({
    created: true,
    membership: { number: 0 },
    collection: { kind: 'registered_model', type: 'model' },
  });
  const data = await registry.log({ 'x.csv': '1' }, { type: 'dataset', name: 'pixels' });
  await expect(link(data.id)).rejects.toMatchObject({ code: 'TYPE_MISMATCH' });
  await expect(link(data.id, [], { ...digits, name: 'Pixels' })).rejects.toMatchObject({
    code: 'TYPE_MISMATCH',
    message: expect.stringContaining('accepts model'),
  });
});

test('links have numbers and aliases of their own', async () => {
  await registry.log({ 'model.bin': 'zero' });
  const first = await registry.log({ 'model.bin': 'one' });
  const second = await registry.log({ 'model.bin': 'two' });
  await link(second.id, ['production']);
  await link(first.id, ['candidate']);
  expect(await registry.aliases(await registry.model('Digits'))).toEqual({ production: 0, candidate: 1, latest: 1 });
  expect(await registry.aliases(await registry.artifact())).toEqual({ latest: 2 });
});

test('linking again keeps the number, adds the aliases and moves latest', async () => {
  const first = await registry.log({ 'model.bin': 'one' });
  const second = await registry.log({ 'model.bin': 'two' });
  await link(first.id);
  await link(second.id);
  expect(await link(first.id, ['staging'])).toMatchObject({ created: false, membership: { number: 0 } });
  expect(await registry.aliases(await registry.model('Digits'))).toEqual({ latest: 0, staging: 0 });
});

test('unlinked and linked anew it takes a new number', async () => {
  const version = await registry.log({ 'model.bin': 'one' });
  await link(version.id, ['production']);
  const model = await registry.model('Digits');
  expect(await registry.services.links.unlink(registry.admin, model, version.id)).toBe(true);
  expect(await registry.services.links.unlink(registry.admin, model, version.id)).toBe(false);
  expect(await registry.aliases(model)).toEqual({});
  expect((await link(version.id)).membership.number).toBe(1);
  expect((await registry.services.addresses.resolve(registry.admin, 'research/digits/classifier:v0')).version.id).toBe(
    version.id,
  );
});

test('unlinking the newest moves latest back', async () => {
  const first = await registry.log({ 'model.bin': 'one' });
  const second = await registry.log({ 'model.bin': 'two' });
  await link(first.id);
  await link(second.id);
  const model = await registry.model('Digits');
  await registry.services.links.unlink(registry.admin, model, second.id);
  expect(await registry.aliases(model)).toEqual({ latest: 0 });
});

test('one version in many registered models, and 64 concurrent links are dense', async () => {
  const version = await registry.log({ 'model.bin': 'one' });
  for (const name of ['A', 'B', 'C']) await link(version.id, [], { ...digits, name });
  const versions = await Promise.all(Array.from({ length: 64 }, (_, i) => registry.log({ 'model.bin': `m${i}` })));
  const numbers = await Promise.all(versions.map(async ({ id }) => (await link(id)).membership.number));
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
});

test('a version that is linked while its artifact is deleted is linked or deleted, never both', async () => {
  for (let round = 0; round < 10; round++) {
    const name = `classifier${round}`;
    const version = await registry.log({ 'model.bin': 'one' }, { name });
    const artifact = await registry.artifact(name);
    const target = { ...digits, name: `Model${round}` };
    const [linked, deleted] = await Promise.allSettled([
      link(version.id, [], target),
      registry.services.removals.deleteCollection(registry.admin, artifact, { dropLinks: false }),
    ]);
    expect([linked.status, deleted.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    const state = (await registry.store.read.versions.findVersion(version.id))?.state;
    expect(state).toBe(linked.status === 'fulfilled' ? 'committed' : 'deleted');
  }
});

test('linking copies no bytes', async () => {
  const version = await registry.log({ 'model.bin': 'one' });
  const research = await registry.store.read.accounts.findEntityByName('research');
  const before = await registry.store.read.blobs.usage(research?.id ?? 0);
  await link(version.id);
  expect(await registry.store.read.blobs.usage(research?.id ?? 0)).toEqual(before);
  expect(before).toEqual({ logicalBytes: 3, physicalBytes: 3 });
});

test('a registry must exist; model-registry is made on demand', async () => {
  const version = await registry.log({ 'model.bin': 'one' });
  await expect(link(version.id, [], { ...digits, project: 'wandb-registry-nothing' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await link(version.id, ['prod'], { entity: 'research', project: 'model-registry', name: 'RM' });
  expect((await registry.services.addresses.resolve(registry.admin, 'model-registry/RM:prod')).version.id).toBe(
    version.id,
  );
});

test('an artifact and a registered model cannot share a name in a project', async () => {
  const version = await registry.log({ 'model.bin': 'one' });
  await expect(
    link(version.id, [], { entity: 'research', project: 'digits', name: 'classifier' }),
  ).rejects.toMatchObject({ code: 'TYPE_MISMATCH' });
});

test('a pending version cannot be linked, and nothing is made for it', async () => {
  const { version } = await registry.begin({ 'model.bin': 'one' });
  await expect(link(version.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(registry.model('Digits')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a version is linked within its own organization only; members link from their personal entities too', async () => {
  const member = await registry.person('mia', { organization: 'member' });
  const own = await registry.log({ 'model.bin': 'mine' }, { entity: 'mia' }, member);
  expect((await link(own.id, [], digits, member)).membership.number).toBe(0);
  const root = registry.asInstanceAdmin();
  await registry.services.users.createUser(root, { username: 'olaf' });
  await registry.services.entities.createOrganization(root, { name: 'elsewhere', admin: 'olaf' });
  const theirs = await link(own.id, [], { ...digits, entity: 'elsewhere' }, root).catch(error => error);
  expect(theirs).toMatchObject({ code: 'FORBIDDEN' });
});

test('a viewer of the organization reads registries and cannot link', async () => {
  const version = await registry.log({ 'model.bin': 'one' });
  await link(version.id, ['production']);
  const viewer = await registry.person('vera', { organization: 'viewer' });
  const resolved = await registry.services.addresses.resolve(viewer, 'wandb-registry-model/Digits:production');
  expect(resolved.version.id).toBe(version.id);
  // the source project is hidden, yet the bytes are readable through the link
  await expect(registry.artifact('classifier', viewer)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect((await registry.services.versionFiles.list(viewer, version.id, { limit: 10 })).items).toHaveLength(1);
  await expect(link(version.id, [], { ...digits, name: 'Other' }, viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(registry.services.versions.update(viewer, version.id, { description: 'x' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});

test('tags are shared freely between registered models and versions', async () => {
  const version = await registry.log({ 'model.bin': 'one' }, { tags: ['vision', 'small'] });
  await link(version.id);
  await link(version.id, [], { ...digits, name: 'Other' });
  const { collections } = registry.services;
  const model = await registry.model('Digits');
  expect(await collections.editTags(registry.admin, model, ['vision', 'team a'], [])).toEqual(
    expect.arrayContaining(['vision', 'team a']),
  );
  const found = await collections.list(model, { tags: ['vision'] }, 'name', { limit: 10 });
  expect(found.items.map(({ name }) => name)).toEqual(['Digits']);
  await expect(collections.editTags(registry.admin, model, ['no,commas'], [])).rejects.toMatchObject({
    code: 'INVALID_TAG',
  });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

async function twoVersions() {
  const first = await registry.log({ 'model.bin': 'one' }, { aliases: ['best'] });
  const second = await registry.log({ 'model.bin': 'two' });
  const artifact = await registry.artifact();
  const membership = async (number: number) => {
    const found = await registry.store.read.collections.findPlaceByNumber(artifact.collection.id, number);
    if (!found) throw new Error(`no v${number}`);
    return found.membership;
  };
  return { first, second, artifact, v0: await membership(0), v1: await membership(1) };
}

test('latest is set on every log, even beside other aliases', async () => {
  const { artifact } = await twoVersions();
  expect(await registry.aliases(artifact)).toEqual({ best: 0, latest: 1 });
});

test('an alias names one version: giving it to another takes it from the first', async () => {
  const { artifact, v1 } = await twoVersions();
  await registry.services.collections.setAlias(registry.admin, artifact, 'best', v1);
  expect(await registry.aliases(artifact)).toEqual({ best: 1, latest: 1 });
});

test('readers see the old target or the new one, never none and never two', async () => {
  const { artifact, v0, v1 } = await twoVersions();
  let moving = true;
  const seen = new Set<number>();
  const readers = Array.from({ length: 20 }, async () => {
    while (moving) {
      const resolved = await registry.services.addresses.resolve(registry.admin, 'research/digits/classifier:best');
      seen.add(resolved.membership.number);
      await new Promise(resolve => setImmediate(resolve));
    }
  });
  for (let i = 0; i < 200; i++) {
    await registry.services.collections.setAlias(registry.admin, artifact, 'best', i % 2 ? v0 : v1);
    // a store in memory never waits; let the readers look at both
    if (i % 3 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  moving = false;
  await Promise.all(readers);
  expect([...seen].sort()).toEqual([0, 1]);
});

test('a move expects a revision or fails, and of two concurrent ones one wins', async () => {
  const { artifact, v0, v1 } = await twoVersions();
  const { collections } = registry.services;
  const { revision } = await collections.setAlias(registry.admin, artifact, 'production', v0, { expectedRevision: 0 });
  expect(revision).toBe(1);
  const moves = await Promise.allSettled(
    [1, 2, 3].map(() => collections.setAlias(registry.admin, artifact, 'production', v1, { expectedRevision: 1 })),
  );
  expect(moves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(moves.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'PRECONDITION_FAILED', details: { revision: 2 } },
  });
  await expect(
    collections.setAlias(registry.admin, artifact, 'production', v0, { expectedRevision: 0 }),
  ).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
});

test('every move is recorded with who, from, to, when and why; replaying them gives the alias table', async () => {
  const { artifact, v0, v1 } = await twoVersions();
  const { collections } = registry.services;
  await collections.setAlias(registry.admin, artifact, 'production', v0, { reason: 'passed the gate' });
  registry.clock.time += 1000;
  await collections.setAlias(registry.admin, artifact, 'production', v1);
  await collections.removeAliases(registry.admin, artifact, ['best']);
  const { items } = await collections.listAliasMoves(artifact, { limit: 50 });
  const production = items.filter(({ alias }) => alias === 'production');
  expect(production).toMatchObject([
    { fromNumber: 0, toNumber: 1, revision: 2, username: 'admin', at: registry.clock.time, reason: null },
    {
      fromNumber: null,
      toNumber: 0,
      revision: 1,
      username: 'admin',
      at: registry.clock.time - 1000,
      reason: 'passed the gate',
    },
  ]);
  const replayed: Record<string, number> = {};
  for (const { alias, toNumber } of items.toReversed()) {
    if (toNumber === null) delete replayed[alias];
    else replayed[alias] = toNumber;
  }
  expect(replayed).toEqual(await registry.aliases(artifact));
});

test('setting an alias where it is changes and records nothing', async () => {
  const { artifact, v0 } = await twoVersions();
  const { collections } = registry.services;
  const before = (await collections.listAliasMoves(artifact, { limit: 50 })).items.length;
  await collections.setAlias(registry.admin, artifact, 'best', v0);
  expect((await collections.listAliasMoves(artifact, { limit: 50 })).items.length).toBe(before);
});

test('an alias that was removed and comes back goes on counting', async () => {
  const { artifact, v0 } = await twoVersions();
  const { collections } = registry.services;
  await collections.setAlias(registry.admin, artifact, 'staging', v0);
  await collections.removeAliases(registry.admin, artifact, ['staging']);
  expect((await collections.setAlias(registry.admin, artifact, 'staging', v0)).revision).toBe(3);
});

test.each(['v3', 'v0', 'v123456', '', ' ', 'a/b', 'a:b', 'a\nb', 'x'.repeat(129)])(
  '%j is not an alias',
  async alias => {
    const { artifact, v0 } = await twoVersions();
    await expect(registry.services.collections.setAlias(registry.admin, artifact, alias, v0)).rejects.toMatchObject({
      code: 'INVALID_ALIAS',
    });
    await expect(registry.begin({ 'model.bin': 'three' }, { aliases: [alias] })).rejects.toMatchObject({
      code: 'INVALID_ALIAS',
    });
  },
);

test.each(['production', 'V3', 'v3.1', 'version-3', '模型', 'a b', 'x'.repeat(128)])('%j is an alias', async alias => {
  const { artifact, v0 } = await twoVersions();
  await expect(registry.services.collections.setAlias(registry.admin, artifact, alias, v0)).resolves.toMatchObject({
    alias,
  });
});

test('several aliases move together or not at all', async () => {
  const { artifact, v1 } = await twoVersions();
  const before = await registry.aliases(artifact);
  await expect(
    registry.services.collections.setAliases(registry.admin, artifact, ['staging', 'v7'], v1),
  ).rejects.toMatchObject({ code: 'INVALID_ALIAS' });
  expect(await registry.aliases(artifact)).toEqual(before);
});

test('a viewer may not move aliases', async () => {
  const { v0 } = await twoVersions();
  const viewer = await registry.person('vera', { team: 'viewer' });
  const artifact = await registry.artifact('classifier', viewer);
  await expect(registry.services.collections.setAlias(viewer, artifact, 'production', v0)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});

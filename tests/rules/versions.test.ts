import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyManifestDigest } from '../../packages/server/src/domain/manifests.ts';
import { AbandonedWorkReaper, abandonedAfter } from '../../packages/server/src/jobs/abandoned-work-reaper.ts';
import { TimeToLiveReaper } from '../../packages/server/src/jobs/time-to-live-reaper.ts';
import { RulesRegistry, silent } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

test('versions are numbered from 0 in the order of their commits', async () => {
  const first = await registry.begin({ 'model.bin': 'one' });
  const second = await registry.begin({ 'model.bin': 'two' });
  await registry.send(second.version, { 'model.bin': 'two' });
  await registry.send(first.version, { 'model.bin': 'one' });
  expect((await registry.services.commits.commit(registry.admin, second.version.id)).number).toBe(0);
  expect((await registry.services.commits.commit(registry.admin, first.version.id)).number).toBe(1);
});

test('64 writers at once get dense numbers', async () => {
  const versions = await Promise.all(
    Array.from({ length: 64 }, (_, i) => registry.log({ 'model.bin': `weights ${i}` })),
  );
  expect(versions.map(({ number }) => number).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
    Array.from({ length: 64 }, (_, i) => i),
  );
});

test('64 writers of the same contents make one version, and all of them get it', async () => {
  const pending = await Promise.all(Array.from({ length: 64 }, () => registry.begin({ 'model.bin': 'same' })));
  for (const { version } of pending) await registry.send(version, { 'model.bin': 'same' });
  const committed = await Promise.all(
    pending.map(({ version }) => registry.services.commits.commit(registry.admin, version.id)),
  );
  expect(new Set(committed.map(({ id }) => id)).size).toBe(1);
  expect(await registry.services.versions.list(await registry.artifact(), { limit: 100 })).toMatchObject({
    items: [{ membership: { number: 0 } }],
  });
});

test('a pending version is seen by nobody but its creator, and in no list', async () => {
  const colleague = await registry.person('ada', { team: 'admin' });
  const { version } = await registry.begin({ 'model.bin': 'one' });
  await registry.send(version, { 'model.bin': 'one' });
  expect(await registry.services.versionAccess.find(colleague, version.id)).toBeUndefined();
  expect(await registry.services.versionAccess.find(registry.admin, version.id)).toBeDefined();
  expect((await registry.services.versions.list(await registry.artifact(), { limit: 10 })).items).toEqual([]);
  await expect(registry.services.addresses.resolve(registry.admin, 'research/digits/classifier')).rejects.toMatchObject(
    { code: 'NOT_FOUND' },
  );
});

test('contents that any committed version has give that version, with the aliases applied: A, B, A is two versions', async () => {
  const a = await registry.log({ 'model.bin': 'A' });
  await registry.log({ 'model.bin': 'B' }, { aliases: ['best'] });
  const again = await registry.log({ 'model.bin': 'A' }, { aliases: ['best', 'again'] });
  expect(again.id).toBe(a.id);
  expect(await registry.aliases(await registry.artifact())).toEqual({ latest: 0, best: 0, again: 0 });
});

test('a deleted version does not count as existing, and its number is not used again', async () => {
  const first = await registry.log({ 'model.bin': 'A' });
  await registry.services.removals.deleteVersion(registry.admin, first.id, { withAliases: true, dropLinks: false });
  const second = await registry.log({ 'model.bin': 'A' });
  expect(second.id).not.toBe(first.id);
  expect(second.number).toBe(1);
});

test('an empty version is legal', async () => {
  expect(await registry.log({})).toMatchObject({ number: 0, digest: emptyManifestDigest, size: 0, fileCount: 0 });
});

test('an artifact may exist without versions', async () => {
  const project = await registry.services.projects.ensure(registry.admin, 'research', 'digits', 'version.log');
  await registry.services.collections.create(registry.admin, project, {
    kind: 'artifact',
    name: 'empty',
    type: 'model',
  });
  expect((await registry.services.versions.list(await registry.artifact('empty'), { limit: 10 })).items).toEqual([]);
});

test('a name holds one type', async () => {
  await registry.log({ 'model.bin': 'A' });
  await expect(registry.log({ 'data.csv': 'x' }, { type: 'dataset' })).rejects.toMatchObject({ code: 'TYPE_MISMATCH' });
});

test('a committed version takes no more files', async () => {
  const version = await registry.log({ 'model.bin': 'A' });
  const announced = registry.services.announcements.announceFiles(registry.admin, version.id, [
    { path: 'b', md5: '0'.repeat(32), partMd5s: null },
  ]);
  await expect(announced).rejects.toMatchObject({ code: 'IMMUTABLE' });
});

test('a commit with a file that was not uploaded changes nothing and names it', async () => {
  const { version } = await registry.begin({ 'model.bin': 'A', 'lost.bin': 'B' });
  await expect(registry.services.commits.commit(registry.admin, version.id)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
  });
  const { announcements, manifests, commits } = registry.services;
  const { draft } = await announcements.announceManifest(registry.admin, version.id, {
    kind: 'full',
    name: 'm',
    baseVersionId: null,
    fileMd5: null,
  });
  async function* entries() {
    yield [
      { path: 'lost.bin', digest: 'XUFAKrxLKna5cZ2REBfFkg==', size: 5, ref: null, extra: null, birthVersionId: null },
    ];
  }
  await manifests.receive(registry.admin, version, draft, entries());
  await expect(commits.commit(registry.admin, version.id)).rejects.toMatchObject({
    code: 'BLOB_UNKNOWN',
    message: expect.stringContaining('lost.bin'),
  });
  expect((await registry.services.versions.list(await registry.artifact(), { limit: 10 })).items).toEqual([]);
});

test('a manifest that does not have the announced digest is refused', async () => {
  const { version } = await registry.begin({ 'model.bin': 'A' }, { digest: '0'.repeat(32) });
  await expect(registry.send(version, { 'model.bin': 'A' })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
});

test('the same client id is the same version, whatever happens in between', async () => {
  const first = await registry.begin({ 'model.bin': 'A' }, { clientId: 'client-1' });
  const second = await registry.begin({ 'model.bin': 'A' }, { clientId: 'client-1' });
  expect(second.version.id).toBe(first.version.id);
  await registry.send(first.version, { 'model.bin': 'A' });
  await registry.services.commits.commit(registry.admin, first.version.id);
  expect((await registry.begin({ 'model.bin': 'A' }, { clientId: 'client-1' })).version).toMatchObject({
    id: first.version.id,
    state: 'committed',
  });
  await expect(registry.begin({ 'model.bin': 'B' }, { clientId: 'client-2' })).resolves.toBeDefined();
  await expect(registry.begin({ 'model.bin': 'C' }, { clientId: 'client-2' })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test('the id of a version that lost the race for its contents leads to the winner', async () => {
  const winner = await registry.begin({ 'model.bin': 'A' }, { clientId: 'winner' });
  const loser = await registry.begin({ 'model.bin': 'A' }, { clientId: 'loser', aliases: ['late'] });
  for (const { version } of [winner, loser]) await registry.send(version, { 'model.bin': 'A' });
  await registry.services.commits.commit(registry.admin, winner.version.id);
  expect((await registry.services.commits.commit(registry.admin, loser.version.id)).id).toBe(winner.version.id);
  expect((await registry.services.versionAccess.get(registry.admin, loser.version.id, 'project.read')).version.id).toBe(
    winner.version.id,
  );
  expect((await registry.begin({ 'model.bin': 'A' }, { clientId: 'loser' })).version.id).toBe(winner.version.id);
  expect(await registry.aliases(await registry.artifact())).toEqual({ latest: 0, late: 0 });
});

test('bytes that a readable version holds need not be sent; others, and strangers, send them', async () => {
  await registry.log({ 'model.bin': 'shared weights' });
  const announce = async (caller: typeof registry.admin, options: object) => {
    const { version } = await registry.begin({ 'copy.bin': 'shared weights' }, options, caller);
    const { md5 } = await import('../support/rules-registry.ts');
    return registry.services.announcements.announceFiles(caller, version.id, [
      { path: 'copy.bin', md5: md5('shared weights'), partMd5s: null },
    ]);
  };
  expect(await announce(registry.admin, { name: 'other' })).toMatchObject([{ upload: null }]);
  const stranger = await registry.person('stranger');
  expect(await announce(stranger, { entity: 'stranger', name: 'mine' })).toMatchObject([
    { upload: { path: 'copy.bin' } },
  ]);
});

test('description, metadata and tags can change; the contents cannot', async () => {
  const version = await registry.log({ 'model.bin': 'A' }, { metadata: '{"accuracy": 0.9}', description: 'first' });
  const changed = await registry.services.versions.update(registry.admin, version.id, {
    description: 'better',
    metadata: '{"accuracy": 0.95}',
    addTags: ['vision'],
  });
  expect(changed).toMatchObject({
    description: 'better',
    metadata: '{"accuracy": 0.95}',
    digest: version.digest,
    number: 0,
    size: version.size,
  });
  await expect(registry.services.versions.update(registry.admin, version.id, { metadata: '[]' })).rejects.toMatchObject(
    { code: 'INVALID_INPUT' },
  );
});

test('deleting asks for consent where aliases or links would go', async () => {
  const version = await registry.log({ 'model.bin': 'A' });
  const target = { entity: 'weighhouse', project: 'wandb-registry-model', name: 'Digits' };
  await registry.services.links.link(registry.admin, version.id, target, ['production']);
  const { removals } = registry.services;
  await expect(
    removals.deleteVersion(registry.admin, version.id, { withAliases: true, dropLinks: false }),
  ).rejects.toMatchObject({ code: 'HAS_LINKS' });
  await expect(
    removals.deleteVersion(registry.admin, version.id, { withAliases: false, dropLinks: true }),
  ).rejects.toMatchObject({ code: 'HAS_ALIASES' });
  await removals.deleteVersion(registry.admin, version.id, { withAliases: true, dropLinks: true });
  await expect(
    registry.services.addresses.resolve(registry.admin, 'wandb-registry-model/Digits:production'),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('deleting the newest version moves latest back', async () => {
  await registry.log({ 'model.bin': 'A' });
  const newest = await registry.log({ 'model.bin': 'B' }, { aliases: ['best'] });
  await registry.services.removals.deleteVersion(registry.admin, newest.id, { withAliases: true, dropLinks: false });
  expect(await registry.aliases(await registry.artifact())).toEqual({ latest: 0 });
});

test('pending versions nobody touched for seven days end, and leave nothing to commit', async () => {
  const { version } = await registry.begin({ 'model.bin': 'A' });
  await registry.send(version, { 'model.bin': 'A' });
  const reaper = new AbandonedWorkReaper(registry.store, registry.blobs, registry.clock, silent, 'test');
  registry.clock.time += abandonedAfter - 1000;
  await reaper.run();
  expect((await registry.store.read.versions.findVersion(version.id))?.state).toBe('pending');
  registry.clock.time += 2000;
  await reaper.run();
  expect((await registry.store.read.versions.findVersion(version.id))?.state).toBe('expired');
  await expect(registry.services.commits.commit(registry.admin, version.id)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('incremental versions add to their base; the digest is that of the whole', async () => {
  const base = await registry.log({ 'a.bin': 'A', 'b.bin': 'B' });
  const { version } = await registry.begin({}, { digest: 'f'.repeat(32), name: 'classifier' });
  const { announcements, uploads, manifests, commits } = registry.services;
  const { draft } = await announcements.announceManifest(registry.admin, version.id, {
    kind: 'incremental',
    name: 'i',
    baseVersionId: base.id,
    fileMd5: null,
  });
  const { md5, digestOf } = await import('../support/rules-registry.ts');
  const [placement] = await announcements.announceFiles(registry.admin, version.id, [
    { path: 'c.bin', md5: md5('C'), partMd5s: null },
  ]);
  const { Readable } = await import('node:stream');
  if (placement?.upload)
    await uploads.receiveFile(registry.admin, placement.upload, Readable.from([Buffer.from('C')]), {});
  async function* entries() {
    yield [
      {
        path: 'c.bin',
        digest: Buffer.from(md5('C'), 'hex').toString('base64'),
        size: 1,
        ref: null,
        extra: null,
        birthVersionId: null,
      },
    ];
  }
  await manifests.receive(registry.admin, version, draft, entries());
  const committed = await commits.commit(registry.admin, version.id);
  expect(committed).toMatchObject({
    number: 1,
    fileCount: 3,
    digest: digestOf({ 'a.bin': 'A', 'b.bin': 'B', 'c.bin': 'C' }),
  });
  // what it was put together from goes in the end, it stays
  const { versions } = registry.store.read;
  const sent = (await versions.listDrafts(version.id)).map(({ manifestId }) => manifestId);
  const added = await versions.listUnsealedInVain(registry.clock.time + 1, 10);
  expect(added).toEqual(sent);
  registry.clock.time += abandonedAfter + 1000;
  await new AbandonedWorkReaper(registry.store, registry.blobs, registry.clock, silent, 'test').run();
  expect(await versions.listUnsealedInVain(registry.clock.time, 10)).toEqual([]);
  const listed = async (manifestId: number | null) =>
    (await versions.listEntries(manifestId ?? 0, { limit: 10 })).items.map(({ path }) => path);
  expect(await listed(added[0] ?? 0)).toEqual([]);
  expect(await listed(committed.manifestId)).toEqual(['a.bin', 'b.bin', 'c.bin']);
  expect(await listed(base.manifestId)).toEqual(['a.bin', 'b.bin']);
});

test('participants of a distributed version share it; one commit closes it with every part', async () => {
  const options = { distributedId: 'group-1', digest: null };
  const one = await registry.begin({}, { ...options, clientId: 'p1' });
  const two = await registry.begin({}, { ...options, clientId: 'p2' });
  expect(two.version.id).toBe(one.version.id);
  const { announcements, uploads, manifests, commits } = registry.services;
  const { md5 } = await import('../support/rules-registry.ts');
  const { Readable } = await import('node:stream');
  for (const part of ['x', 'y']) {
    const { draft } = await announcements.announceManifest(registry.admin, one.version.id, {
      kind: 'patch',
      name: 'p',
      baseVersionId: null,
      fileMd5: null,
    });
    const [placement] = await announcements.announceFiles(registry.admin, one.version.id, [
      { path: `${part}.bin`, md5: md5(part), partMd5s: null },
    ]);
    if (placement?.upload)
      await uploads.receiveFile(registry.admin, placement.upload, Readable.from([Buffer.from(part)]), {});
    async function* entries() {
      yield [
        {
          path: `${part}.bin`,
          digest: Buffer.from(md5(part), 'hex').toString('base64'),
          size: 1,
          ref: null,
          extra: null,
          birthVersionId: null,
        },
      ];
    }
    await manifests.receive(registry.admin, one.version, draft, entries());
  }
  expect(await commits.commit(registry.admin, one.version.id)).toMatchObject({ fileCount: 2, number: 0 });
});

test('a version past its time to live is deleted; a linked one is kept, and its time to live is off', async () => {
  const mortal = await registry.log({ 'model.bin': 'A' }, { ttlSeconds: 3600 });
  const linked = await registry.log({ 'model.bin': 'B' }, { ttlSeconds: 3600 });
  const target = { entity: 'weighhouse', project: 'wandb-registry-model', name: 'Digits' };
  await registry.services.links.link(registry.admin, linked.id, target, []);
  const reaper = new TimeToLiveReaper(registry.store, registry.services.removals, registry.clock, 'test');
  registry.clock.time += 3_599_000;
  await reaper.run();
  expect(await registry.aliases(await registry.artifact())).toEqual({ latest: 1 });
  expect((await registry.store.read.versions.findVersion(mortal.id))?.state).toBe('committed');
  registry.clock.time += 2_000;
  await reaper.run();
  expect((await registry.store.read.versions.findVersion(mortal.id))?.state).toBe('deleted');
  expect(await registry.store.read.versions.findVersion(linked.id)).toMatchObject({
    state: 'committed',
    ttlSeconds: null,
  });
});

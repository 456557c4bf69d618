import { afterEach, beforeEach, expect, test } from 'vitest';
import { md5HexToBase64 } from '../../packages/server/src/domain/digests.ts';
import type { Version } from '../../packages/server/src/domain/versions.ts';
import { AbandonedWorkReaper } from '../../packages/server/src/jobs/abandoned-work-reaper.ts';
import type { IncomingEntry } from '../../packages/server/src/services/entry-bytes.ts';
import { digestOf, md5, RulesRegistry, silent } from '../support/rules-registry.ts';

const count = 8_000;
const batchSize = 2_000;
const bytes = 'the same bytes';
const paths = Array.from({ length: count }, (_, i) => `part-${i % 10}/file-${i}.bin`);
const digest = digestOf(Object.fromEntries(paths.map(path => [path, bytes])));
const sorted = paths.toSorted();

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

/** A pending version whose files have all arrived; they have the same bytes, which were sent once. */
async function begin(name: string): Promise<Version> {
  const held = await registry.log({ 'one.bin': bytes }, { name: 'held' });
  const [one] = await registry.services.versionFiles
    .manifestOf(registry.admin, held.id)
    .then(async ({ manifestId }) => (await registry.store.read.versions.listEntries(manifestId, { limit: 1 })).items);
  const { version } = await registry.begin({}, { name, digest });
  for (let from = 0; from < count; from += batchSize) {
    const files = paths.slice(from, from + batchSize).map(path => ({ path, blobId: one?.blobId ?? 0 }));
    await registry.store.transaction(tx => tx.blobs.stage(version.id, files));
  }
  return version;
}

async function receive(version: Version, order: string[], fail = false): Promise<void> {
  const { announcements, manifests } = registry.services;
  const { draft } = await announcements.announceManifest(registry.admin, version.id, {
    ...{ kind: 'full', name: 'wandb_manifest.json', baseVersionId: null, fileMd5: null },
  });
  async function* batches(): AsyncGenerator<IncomingEntry[]> {
    for (let from = 0; from < order.length; from += batchSize) {
      yield order.slice(from, from + batchSize).map(path => ({
        ...{ path, digest: md5HexToBase64(md5(bytes)), size: bytes.length },
        ...{ ref: null, extra: null, birthVersionId: null },
      }));
    }
    if (fail) throw new Error('the sender hung up');
  }
  await manifests.receive(registry.admin, version, draft, batches());
}

const commit = (version: Version) => registry.services.commits.commit(registry.admin, version.id);

test.each([
  ['in the order of their paths, as the client sends them', sorted],
  ['in any other order', paths],
])('thousands of files that come %s', async (_order, order) => {
  const version = await begin('many');
  await receive(version, order);
  expect(await commit(version)).toMatchObject({ state: 'committed', fileCount: count, digest, number: 0 });
  expect(await commit(version)).toMatchObject({ id: version.id, number: 0 });
});

test('a path that comes twice is refused, however far apart', async () => {
  const version = await begin('twice');
  for (const order of [
    [...sorted, sorted[0] ?? ''],
    [...paths, paths[0] ?? ''],
    [...sorted, sorted.at(-1) ?? ''],
  ])
    await expect(receive(version, order)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  await expect(commit(version)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
});

test('nothing is left of a manifest that broke off; sent again, and sent by another, it is the same one', async () => {
  const version = await begin('again');
  await expect(receive(version, sorted, true)).rejects.toThrow('hung up');
  await expect(commit(version)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  await receive(version, sorted);
  await receive(version, sorted);
  const first = await commit(version);
  const other = await begin('other');
  await receive(other, paths);
  expect((await commit(other)).manifestId).toBe(first.manifestId);
});

test('others write and are answered between the slices of a large manifest', async () => {
  const version = await begin('turns');
  let going = true;
  const seen: (string | undefined)[] = [];
  const writer = (async () => {
    while (going) {
      await registry.store.transaction(tx => tx.instance.putSetting('turn', String(seen.length)));
      seen.push((await registry.store.read.versions.findVersion(version.id))?.state);
    }
  })();
  let turns = 0;
  const again = () => {
    turns += 1;
    if (going) setImmediate(again);
  };
  setImmediate(again);
  await receive(version, paths);
  await commit(version);
  going = false;
  await writer;
  // one slice after the other is written; then the rows are read in pages of a thousand
  expect(seen.filter(state => state === 'pending').length).toBeGreaterThanOrEqual(count / batchSize);
  expect(turns).toBeGreaterThanOrEqual(count / batchSize + count / 1_000);
});

test('what a large version was made from is forgotten afterwards', async () => {
  const version = await begin('leftovers');
  await receive(version, sorted);
  await commit(version);
  const pending = await begin('pending');
  const { blobs } = registry.store.read;
  expect(await blobs.listStagedInVain(10)).toEqual([version.id]);
  await new AbandonedWorkReaper(registry.store, registry.blobs, registry.clock, silent, 'test').run();
  expect(await blobs.listStagedInVain(10)).toEqual([]);
  expect(await blobs.listStaged(version.id)).toEqual([]);
  expect(await blobs.listStaged(pending.id)).toHaveLength(count);
});

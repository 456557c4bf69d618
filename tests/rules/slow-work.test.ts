import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RegistryError } from '../../packages/server/src/domain/registry-error.ts';
import type { Upload } from '../../packages/server/src/ports/metadata/blobs.ts';
import { manyEntries, SlowWork, type SlowWorkTimes } from '../../packages/server/src/services/slow-work.ts';
import type { VersionReference } from '../../packages/server/src/services/whole-versions.ts';
import { gate } from '../support/gate.ts';
import { md5, RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
let servers: [SlowWork, SlowWork];
beforeEach(async () => {
  registry = await RulesRegistry.open();
  servers = [server({ look: 5 }), server({ look: 5 })];
});
afterEach(() => registry.close());

function server(times: Partial<SlowWorkTimes>, name?: string): SlowWork {
  return new SlowWork(registry.store, registry.clock, name, times);
}

/** Work with a result to find once it is done, as a commit has. */
class Deed {
  result: string | undefined;
  /** how often it was begun for good, by whom */
  readonly begun: number[] = [];
  readonly begins = gate();
  readonly ends = gate();

  readonly at = (server: number) => async (slow: () => void) => {
    if (this.result !== undefined) return this.result;
    slow();
    this.begun.push(server);
    this.begins.open();
    await this.ends.opened;
    this.result = `by ${server}`;
    return this.result;
  };
}

const busy = { code: 'BUSY' };

test('is joined at the same server and at another, done once, and has one result', async () => {
  const deed = new Deed();
  const first = servers[0].join('k', deed.at(0));
  await deed.begins.opened;
  const joined = [servers[0].join('k', deed.at(0)), servers[1].join('k', deed.at(1)), servers[1].join('k', deed.at(1))];
  // an end between two looks
  deed.ends.open();
  expect(await Promise.all([first, ...joined])).toEqual(Array(4).fill('by 0'));
  expect(await servers[1].join('k', deed.at(1))).toBe('by 0');
  expect(deed.begun).toEqual([0]);
});

test('that begins at two servers at once is done by one of them', async () => {
  for (let round = 0; round < 20; round++) {
    const deed = new Deed();
    deed.ends.open();
    const results = await Promise.all([0, 1].map(i => servers[i % 2]?.join(`k${round}`, deed.at(i))));
    expect(deed.begun).toHaveLength(1);
    expect(new Set(results).size).toBe(1);
  }
});

test('answers BUSY to whoever waited long enough, at any server, and runs on', async () => {
  servers = [server({ look: 5, patience: 60 }), server({ look: 5, patience: 60 })];
  const deed = new Deed();
  await expect(servers[0].join('k', deed.at(0))).rejects.toMatchObject(busy);
  for (const each of servers) await expect(each.join('k', deed.at(1))).rejects.toMatchObject(busy);
  deed.ends.open();
  await vi.waitFor(async () => expect(await servers[1].join('k', deed.at(1))).toBe('by 0'), { timeout: 20_000 });
  expect(deed.begun).toEqual([0]);
});

test('fails for everybody who joined it as it failed, and begins anew for who comes later', async () => {
  const begins = gate();
  const fails = gate();
  const details = { missing: [2, 3] };
  const failing = (error: Error) => async (slow: () => void) => {
    slow();
    begins.open();
    await fails.opened;
    throw error;
  };
  const incomplete = new RegistryError('UPLOAD_INCOMPLETE', 'Send the rest.', { details });
  const fault = new Error('a fault of ours');
  const running = [servers[0].join('k', failing(incomplete)), servers[0].join('other', failing(fault))];
  await begins.opened;
  await vi.waitFor(async () => expect(await claimed('k', 'other')).toBe(true), { timeout: 20_000 });
  const looked = vi.spyOn(registry.store.read.instance, 'findLease');
  const refused = async (slow: () => void) => slow() ?? Promise.reject(new Error('done twice'));
  const joined = [
    servers[0].join('k', refused),
    servers[1].join('k', refused),
    servers[0].join('other', refused),
    servers[1].join('other', refused),
  ];
  const ended = Promise.allSettled([...running, ...joined]);
  // the other server has to have seen both run
  await vi.waitFor(() => expect(new Set(looked.mock.calls.map(([name]) => name)).size).toBe(2), { timeout: 20_000 });
  fails.open();
  const reasons = (await ended).map(each => (each as PromiseRejectedResult).reason);
  const told = { code: 'UPLOAD_INCOMPLETE', message: 'Send the rest.', details };
  const faulty = { message: expect.stringContaining('a fault of ours') };
  expect(reasons).toMatchObject([told, faulty, told, told, faulty, faulty]);
  expect(await servers[1].join('k', async slow => slow() ?? 'mended')).toBe('mended');
});

async function claimed(...keys: string[]): Promise<boolean> {
  const { instance } = registry.store.read;
  const found = await Promise.all(keys.map(key => instance.findLease(`work ${key}`)));
  return found.every(lease => lease !== undefined);
}

test('of a lost server is taken over when its claim runs out, of a living one never', async () => {
  const lost = server({ look: 5 });
  const left = new Deed();
  const never = lost.join('left', left.at(0)).catch(() => {});
  const alive = server({ look: 5, claim: 60_000 });
  const kept = new Deed();
  const long = alive.join('kept', kept.at(0));
  await Promise.all([left.begins.opened, kept.begins.opened]);
  const taker = new Deed();
  taker.ends.open();
  const taken = servers[1].join('left', taker.at(1));
  registry.clock.time += 29_999;
  const looked = vi.spyOn(registry.store.read.instance, 'findLease');
  await vi.waitFor(() => expect(looked.mock.calls.length).toBeGreaterThan(2), { timeout: 20_000 });
  expect(taker.begun).toEqual([]);
  registry.clock.time += 1;
  expect(await taken).toBe('by 1');
  expect(await servers[1].join('left', taker.at(1))).toBe('by 1');
  kept.ends.open();
  left.ends.open();
  expect(await long).toBe('by 0');
  await never;
});

test('is renewed as long as it runs', async () => {
  // real renewals, every 10 ms, of a claim for 30 ms of a clock that is told to go on
  const holder = server({ claim: 30 });
  const deed = new Deed();
  const running = holder.join('k', deed.at(0));
  await deed.begins.opened;
  const began = registry.clock.time;
  for (let step = 1; step <= 5; step++) {
    registry.clock.time = began + step * 20;
    const heldUntil = async () => (await registry.store.read.instance.findLease('work k'))?.until;
    await vi.waitFor(async () => expect(await heldUntil()).toBe(registry.clock.time + 30), { timeout: 20_000 });
  }
  deed.ends.open();
  expect(await running).toBe('by 0');
  expect(await registry.store.read.instance.findLease('work k')).toBeUndefined();
});

test('of a server that was started anew is nobody’s at once', async () => {
  const deed = new Deed();
  const never = server({ look: 5 }, 'here').join('k', deed.at(0));
  await deed.begins.opened;
  const again = server({ look: 5 }, 'here');
  await again.forgetOwn();
  const anew = new Deed();
  anew.ends.open();
  expect(await again.join('k', anew.at(1))).toBe('by 1');
  deed.ends.open();
  await never;
});

test('that is quick asks the database for nothing', async () => {
  const transactions = vi.spyOn(registry.store, 'transaction');
  const looks = vi.spyOn(registry.store.read.instance, 'findLease');
  expect(await servers[0].join('k', async () => 'quick')).toBe('quick');
  expect(transactions).not.toHaveBeenCalled();
  const { version } = await registry.begin({ a: 'a' });
  await registry.send(version, { a: 'a' });
  const before = transactions.mock.calls.length;
  await registry.services.commits.commit(registry.admin, version.id);
  expect(transactions.mock.calls.length - before).toBe(1);
  expect(looks).not.toHaveBeenCalled();
});

const references = (count: number): VersionReference[] =>
  Array.from({ length: count }, (_, i) => ({ path: `part-${i}`, uri: `s3://bucket/${i}`, digest: `d${i}` }));

/** How many manifests were written from now on, at all servers. */
function countManifests(): () => number {
  const transaction = registry.store.transaction.bind(registry.store);
  let count = 0;
  vi.spyOn(registry.store, 'transaction').mockImplementation(work =>
    transaction(async tx => {
      const insert = tx.versions.insertManifest.bind(tx.versions);
      tx.versions.insertManifest = manifest => {
        count += 1;
        return insert(manifest);
      };
      return work(tx);
    }),
  );
  return () => count;
}

test('versions of many files are created and committed once, whichever servers are asked', {
  timeout: 60_000,
}, async () => {
  const both = [registry.services, await registry.anotherServer()];
  const manifests = countManifests();
  const draft = {
    ...{ entity: 'research', project: 'digits', type: 'model', name: 'large', run: null },
    ...{ aliases: [], tags: [], description: null, metadata: null, ttlSeconds: null, historyStep: null },
    ...{ files: [], references: references(manyEntries), links: [] },
  };
  const created = await Promise.all(both.map(({ wholeVersions }) => wholeVersions.create(registry.admin, draft)));
  const [base] = created.map(({ version }) => version.id);
  expect(created.map(({ version }) => version.id)).toEqual([base, base]);
  expect(manifests()).toBe(1);

  const { version } = await registry.begin({}, { name: 'large', digest: null });
  const more = { kind: 'incremental' as const, name: 'more', baseVersionId: base ?? 0, fileMd5: null };
  const announced = await registry.services.announcements.announceManifest(registry.admin, version.id, more);
  await registry.services.manifests.receive(registry.admin, version, announced.draft, oneReference());
  const before = manifests();
  const committed = await Promise.all(both.map(({ commits }) => commits.commit(registry.admin, version.id)));
  expect(committed.map(({ id, number, fileCount }) => ({ id, number, fileCount }))).toEqual(
    Array(2).fill({ id: version.id, number: 1, fileCount: manyEntries + 1 }),
  );
  expect(manifests() - before).toBe(1);
});

async function* oneReference() {
  const entry = { size: 1, extra: null, birthVersionId: null };
  yield [{ ...entry, path: 'one-more', digest: 'x', ref: 's3://bucket/x' }];
}

test('the parts of a file are joined once, and wrong ones are named at every server that was asked', async () => {
  const both = [registry.services, await registry.anotherServer()];
  const parts = ['x'.repeat(10), 'y'];
  const { version } = await registry.begin({ weights: parts.join('') });
  const file = { path: 'weights', md5: md5(parts.join('')), partMd5s: parts.map(md5) };
  const [placement] = await registry.services.announcements.announceFiles(registry.admin, version.id, [file]);
  const upload = placement?.upload as Upload;
  const send = (number: number, text: string) =>
    registry.services.uploads.receivePart(registry.admin, upload, number, Readable.from([Buffer.from(text)]), {});
  const finished = vi.spyOn(registry.blobs, 'finishUpload');
  const complete = () => Promise.allSettled(both.map(({ uploads }) => uploads.completeParts(registry.admin, upload)));

  await send(1, 'z'.repeat(10));
  await send(2, 'y');
  const refused = await complete();
  const reason = { code: 'DIGEST_MISMATCH', details: { parts: [1] } };
  expect(refused).toMatchObject([{ reason }, { reason }]);
  finished.mockClear();
  await send(1, parts[0] ?? '');
  const [one, two] = await complete();
  expect(one).toMatchObject({ status: 'fulfilled', value: { md5: file.md5 } });
  expect(two).toEqual(one);
  expect(finished).toHaveBeenCalledTimes(1);
});

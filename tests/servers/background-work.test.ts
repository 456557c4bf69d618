import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { abandonedAfter } from '../../packages/server/src/jobs/abandoned-work-reaper.ts';
import { leaseMilliseconds } from '../../packages/server/src/jobs/job-lease.ts';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import {
  type BackgroundServer,
  type JobName,
  openBackgroundServer,
  type SharedPlace,
  silenceMilliseconds,
} from '../support/background-jobs.ts';
import { borrowDatabase, type TestDatabase } from '../support/postgres.ts';
import { query } from '../support/postgres-database.ts';
import { md5 } from '../support/rules-registry.ts';
import type { JobToRun } from '../support/run-background-job.ts';
import { borrowBucket, type TestBucket } from '../support/s3.ts';

const entry = fileURLToPath(new URL('../support/run-background-job.ts', import.meta.url));
const few = 6;
/** more than a job takes in one go */
const many = 105;
const started = Date.UTC(2026, 0, 1);

let database: TestDatabase;
let bucket: TestBucket;
let place: SharedPlace;
let clock: { time: number; now(): number };
let servers: BackgroundServer[];
let admin: Caller;
let projectId: number;

beforeEach(async () => {
  database = await borrowDatabase();
  bucket = await borrowBucket();
  const { credentials, ...objects } = bucket.options;
  place = { database: database.url, objects, keys: await credentials.current() };
  clock = { time: started, now: () => clock.time };
  servers = [];
  for (const holder of ['a', 'b', 'c']) servers.push(await openBackgroundServer(place, clock, holder));
  const [{ services, bootstrap }] = servers as [BackgroundServer];
  const made = await bootstrap.run(undefined);
  admin = { principal: await services.authentication.byKey(made?.secret, false), requestId: 'test' };
  projectId = (await services.projects.ensure(admin, 'research', 'digits', 'version.log')).project.id;
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await bucket.release();
  await database.release();
});

interface Case {
  job: JobName;
  /** Makes so many things that the job has to handle, and moves the clock to when it has to. */
  prepare(count: number): Promise<void>;
  /** of the one in the middle, which the job changes */
  row(count: number): string;
  /** Requires that each was handled once; its servers may have been lost. */
  judge(count: number): Promise<void>;
}

const cases: Case[] = [
  {
    job: 'abandoned work',
    async prepare(count) {
      const { services } = servers[0] as BackgroundServer;
      for (let i = 0; i < count; i++) await begin(`v${i}`);
      for (let i = 0; i < few; i++) {
        // one that comes through us, and one in parts that goes straight to the storage: both leave something there
        const { upload } = await services.uploads.open(admin, projectId, {});
        await services.uploads.append(upload, 0, asBytes(`bytes ${i}`));
        const file = { path: `f${i}`, md5: md5(`${i}`), partMd5s: [md5('1'), md5('2')] };
        await services.announcements.announceFiles(admin, await begin(`parts${i}`), [file]);
      }
      expect(await bucket.listAll()).toHaveLength(3 * few);
      clock.time += abandonedAfter + 1;
    },
    row: () => `select id from uploads order by id limit 1 offset ${few}`,
    async judge(count) {
      const states = await query(database.url, 'select state, count(*) as count from versions group by state');
      expect(states).toEqual([{ state: 'expired', count: String(count + few) }]);
      const uploads = await query(database.url, 'select distinct state, upload_key from uploads');
      expect(uploads).toEqual([{ state: 'aborted', upload_key: null }]);
      expect(await bucket.listAll()).toEqual([]);
    },
  },
  {
    job: 'time to live',
    async prepare(count) {
      const { services } = servers[0] as BackgroundServer;
      for (let i = 0; i < count; i++) {
        const reference = { path: 'model.bin', uri: `s3://bucket/${i}`, digest: `${i}`, size: 10 };
        const whole = { files: [], references: [reference], links: [] };
        await services.wholeVersions.create(admin, { ...draft, ...whole, name: 'mortal', ttlSeconds: 60 });
      }
      clock.time += 60_000;
    },
    row: count => `select id from versions order by id limit 1 offset ${Math.floor(count / 2)}`,
    async judge(count) {
      await requireEvents('version.expired', 'version_id', count);
      expect(await query(database.url, 'select distinct state from versions')).toEqual([{ state: 'deleted' }]);
      // each is taken off once
      const [usage] = await query(database.url, 'select sum(logical_bytes) as bytes from entity_usage');
      expect(Number(usage?.bytes)).toBe(0);
    },
  },
  {
    job: 'silent runs',
    async prepare(count) {
      const { services } = servers[0] as BackgroundServer;
      for (let i = 0; i < count; i++) await services.runs.upsert(admin, 'research', 'digits', `r${i}`, {});
      clock.time += silenceMilliseconds + 1;
    },
    row: count => `select id from runs order by id limit 1 offset ${Math.floor(count / 2)}`,
    async judge(count) {
      await requireEvents('run.crashed', 'details_json', count);
      expect(await query(database.url, 'select distinct state from runs')).toEqual([{ state: 'crashed' }]);
    },
  },
  {
    job: 'blobs to settle',
    async prepare(count) {
      const { services } = servers[0] as BackgroundServer;
      const id = await begin('settled');
      const texts = Array.from({ length: count }, (_, i) => `weights ${i}`);
      const files = texts.map((text, i) => ({ path: `f${i}`, md5: md5(text), partMd5s: null }));
      const placements = await services.announcements.announceFiles(admin, id, files);
      await Promise.all(
        placements.map(async ({ targets }, i) => {
          const { url, headers } = targets?.whole ?? { url: '', headers: {} };
          expect((await fetch(url, { method: 'PUT', headers, body: texts[i] ?? '' })).status).toBe(200);
        }),
      );
      const version = await servers[0]?.store.read.versions.findVersion(id);
      if (version) await collect(version.id);
    },
    row: count => `select id from blobs order by id limit 1 offset ${Math.floor(count / 2)}`,
    async judge(count) {
      const blobs = await query(database.url, 'select sha256, physical_key from blobs where merged_into is null');
      expect(new Set(blobs.map(({ sha256 }) => sha256)).size).toBe(count);
      expect(blobs.every(({ physical_key: key }) => /^[0-9a-f]{2}\//.test(String(key)))).toBe(true);
    },
  },
];

const draft = {
  ...{ entity: 'research', project: 'digits', type: 'model', run: null, aliases: [], tags: [] },
  ...{ description: null, metadata: null, ttlSeconds: null, historyStep: null },
};

async function begin(name: string): Promise<number> {
  const ids = { digest: null, clientId: null, sequenceClientId: null, distributedId: null };
  const { services } = servers[0] as BackgroundServer;
  return (await services.versions.begin(admin, { ...draft, ...ids, name })).version.id;
}

/** A commit takes in what has arrived, even where it cannot go on. */
async function collect(versionId: number): Promise<void> {
  const { services } = servers[0] as BackgroundServer;
  await expect(services.commits.commit(admin, versionId)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
}

async function* asBytes(text: string) {
  yield Buffer.from(text);
}

async function requireEvents(type: string, about: string, count: number): Promise<void> {
  const rows = await query(database.url, `select ${about} as about from events where type = '${type}'`);
  expect(rows).toHaveLength(count);
  expect(new Set(rows.map(row => row.about)).size).toBe(count);
}

function runAll(job: JobName): Promise<unknown> {
  return Promise.all(servers.map(({ jobs }) => jobs[job]()));
}

/** Holds a row until it is told otherwise: whoever wants to change it stops there. */
async function holdRow(selecting: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin');
  const { rowCount } = await client.query(`${selecting} for update`);
  expect(rowCount).toBe(1);
  return () => client.end();
}

async function whenOneWaits(): Promise<void> {
  const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await vi.waitFor(async () => expect(await query(database.url, waiting)).toHaveLength(1), { timeout: 50_000 });
}

describe.each(cases)('$job', { timeout: 60_000 }, ({ job, prepare, row, judge }) => {
  test('is done once by three servers that begin at once, and nothing is left for the next time', async () => {
    await prepare(many);
    const freed = servers.map(({ blobs }) => vi.spyOn(blobs, 'abortUpload'));
    const settled = servers.map(({ blobs }) => blobs.presigned && vi.spyOn(blobs.presigned, 'settle'));
    await runAll(job);
    await judge(many);
    clock.time += leaseMilliseconds;
    await runAll(job);
    await judge(many);
    for (const spies of [freed, settled]) {
      const keys = spies.flatMap(spy => spy?.mock.calls.map(([key]) => key) ?? []);
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(servers.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('is finished by another server when the one that was at it is killed', async () => {
    await prepare(few);
    const release = await holdRow(row(few));
    const asked: JobToRun = { place, job, holder: 'killed', started, now: clock.time };
    const child = spawn(process.execPath, [entry, JSON.stringify(asked)], { stdio: 'inherit' });
    const exited = once(child, 'exit');
    await whenOneWaits();
    // while it lives, nobody else begins
    await runAll(job);
    child.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);
    await release();
    await runAll(job);
    await expect(judge(few)).rejects.toThrow();
    clock.time += leaseMilliseconds;
    await runAll(job);
    await judge(few);
    expect(servers.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('is done once where a server stood still so long that another began', async () => {
    await prepare(few);
    const release = await holdRow(row(few));
    const first = servers[0]?.jobs[job]();
    await whenOneWaits();
    clock.time += leaseMilliseconds;
    const second = servers[1]?.jobs[job]();
    const holder = async () => (await query(database.url, 'select holder from leases'))[0]?.holder;
    await vi.waitFor(async () => expect(await holder()).toBe('b'), { timeout: 20_000 });
    await release();
    await Promise.all([first, second]);
    await judge(few);
    expect(servers.flatMap(({ problems }) => problems)).toEqual([]);
  });
});

test('what a storage could not free is freed the next time, and keeps nothing else waiting', async () => {
  const [abandoned] = cases as [Case];
  await abandoned.prepare(1);
  const [{ blobs, jobs, problems }] = servers as [BackgroundServer];
  vi.spyOn(blobs, 'abortUpload').mockRejectedValueOnce(new Error('the storage is away'));
  await jobs['abandoned work']();
  expect(problems).toHaveLength(1);
  expect(await bucket.listAll()).toHaveLength(2);
  await jobs['abandoned work']();
  await abandoned.judge(1);
});

test('leftovers are looked for once a day, whichever servers run', async () => {
  const looked = servers.map(({ blobs }) => vi.spyOn(blobs, 'removeLeftovers'));
  for (let hours = 0; hours < 72; hours += 1) {
    clock.time += 3_600_000;
    await servers[hours % 3]?.jobs['abandoned work']();
  }
  expect(looked.reduce((count, spy) => count + spy.mock.calls.length, 0)).toBe(3);
});

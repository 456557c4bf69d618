import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseConfiguration } from '../../../packages/server/src/config/configuration.ts';
import type { Collection } from '../../../packages/server/src/domain/collections.ts';
import { startServer } from '../../../packages/server/src/server.ts';
import { inspectPostgres } from '../../../packages/server/src/stores/metadata/inspect-postgres.ts';
import { openPostgresMetadataStore } from '../../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { translatePostgresError } from '../../../packages/server/src/stores/metadata/postgres-errors.ts';
import { StatementNames } from '../../../packages/server/src/stores/metadata/statement-names.ts';
import { isTransient } from '../../../packages/server/src/stores/metadata/storage-errors.ts';
import { borrowDatabase, makeDatabase, type TestDatabase } from '../../support/postgres.ts';
import { query } from '../../support/postgres-database.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { silent } from '../../support/rules-registry.ts';
import { collection, entry, seed, seedHistory, start } from './sample-records.ts';

let database: TestDatabase;
let store: ReturnType<typeof openPostgresMetadataStore>;

beforeEach(async () => {
  database = await borrowDatabase();
  store = openPostgresMetadataStore({ url: database.url, connections: 4 });
});
afterEach(async () => {
  await store.close();
  await database.release();
});

test('data of a newer build is refused', async () => {
  const url = await makeDatabase({ migrated: true });
  await query(url, `insert into migrations (number, name, applied_at) values (99, 'from the future', 0)`);
  const older = openPostgresMetadataStore({ url });
  await expect(older.migrate()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('format 99'),
  });
  await older.close();
});

test('history cannot be changed behind our back', async () => {
  await seedHistory(store);
  for (const sql of [
    'update alias_moves set revision = 5',
    'delete from alias_moves',
    'truncate alias_moves',
    `update events set details_json = '1' where sequence = 1`,
    `update events set hash = 'x' where sequence = 1`,
    'update events set at = 5 where sequence is null',
    'delete from events',
  ]) {
    const error = await query(database.url, sql).then(
      () => undefined,
      (raised: Error) => raised,
    );
    expect(error?.message, sql).toContain('append-only');
    expect(translatePostgresError(error)).toMatchObject({ code: 'IMMUTABLE' });
  }
});

test('names and paths are told apart and ordered by their bytes, whatever the language of the database', async () => {
  const { projectId } = await seed(store);
  const names = ['Z', 'a', 'B', 'ä', 'z', 'A', 'Ä', 'a-b', 'ab', 'a_b'];
  await store.transaction(async tx => {
    for (const name of names) await tx.collections.insertCollection(collection(tx, projectId, name));
  });
  const { items } = await store.read.collections.listCollections([projectId], {}, 'name', { limit: 50 });
  const byBytes = names.concat('classifier').sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(items.map(({ name }) => name)).toEqual(byBytes);
  expect(
    await query(database.url, `select datcollate from pg_database where 'a' < 'B' and datname = current_database()`),
  ).toHaveLength(1);
});

test('readers who ask the same at once share a statement, and see all that was committed before they asked', async () => {
  const { artifact } = await seed(store);
  const sent: string[] = [];
  const traced = openPostgresMetadataStore({ url: database.url, connections: 4, trace: sql => sent.push(sql) });
  onTestFinished(() => traced.close());
  const ask = () => traced.read.collections.findCollection(artifact.id);
  await ask();
  sent.length = 0;
  const answers = await Promise.all(Array.from({ length: 64 }, ask));
  expect(new Set(answers.map(found => found?.name))).toEqual(new Set([artifact.name]));
  expect(sent).toHaveLength(2);

  let isDone = false;
  const crowd = Array.from({ length: 16 }, async () => {
    while (!isDone) await ask();
  });
  for (let i = 0; i < 100; i++) {
    await store.transaction(tx => tx.collections.updateCollection(artifact.id, { description: `${i}`, updatedAt: i }));
    expect((await ask())?.description).toBe(`${i}`);
  }
  isDone = true;
  await Promise.all(crowd);
});

describe('transactions that foresee what they look at', () => {
  const foresee = ({ projectId, name }: Collection) => ({ collections: [{ projectId, name, aliases: ['latest'] }] });

  test('share one where they come at once', async () => {
    const { artifact } = await seed(store);
    const sent: string[] = [];
    const traced = openPostgresMetadataStore({ url: database.url, connections: 4, trace: sql => sent.push(sql) });
    onTestFinished(() => traced.close());
    const take = () => traced.transaction(tx => tx.collections.takeNumber(artifact.id, start), foresee(artifact));
    await take();
    sent.length = 0;
    const numbers = await Promise.all(Array.from({ length: 64 }, take));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    // the first came alone; each of the two holds the collection, looks for its alias and its last move, and writes
    expect(sent.length, sent.join('\n')).toBeLessThanOrEqual(8);
  });

  test('do not wait for ever behind one whose collection is held', async () => {
    const { artifact, projectId } = await seed(store);
    const another = await store.transaction(async tx => {
      const made = collection(tx, projectId, 'another');
      await tx.collections.insertCollection(made);
      return made;
    });
    const gate = Promise.withResolvers<void>();
    const holding = store.transaction(async tx => {
      await tx.collections.findCollection(artifact.id);
      await gate.promise;
    });
    const foreseeing = openPostgresMetadataStore({ url: database.url });
    onTestFinished(() => foreseeing.close());
    const take = (from: Collection) =>
      foreseeing.transaction(tx => tx.collections.takeNumber(from.id, start), foresee(from));
    const stuck = take(artifact);
    const free = Array.from({ length: 5 }, () => take(another));
    expect((await Promise.all(free)).toSorted()).toEqual([0, 1, 2, 3, 4]);
    gate.resolve();
    await holding;
    expect(await stuck).toBe(0);
  });

  test('are served where the database was restarted under them', async () => {
    const server = await startPostgres();
    const own = openPostgresMetadataStore({ url: server.url('postgres'), connections: 4 });
    await own.migrate();
    const { artifact } = await seed(own);
    const take = () => own.transaction(tx => tx.collections.takeNumber(artifact.id, start), foresee(artifact));
    const others = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';
    await query(server.url('postgres'), others);
    expect((await Promise.all(Array.from({ length: 10 }, take))).toSorted()).toEqual(
      Array.from({ length: 10 }, (_, i) => i),
    );
    await server.stop();
    for (const outcome of await Promise.allSettled(Array.from({ length: 10 }, take)))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE_UNAVAILABLE' } });
    await own.close();
  });
});

test('what PostgreSQL cannot keep is refused in words', async () => {
  const nul = store.transaction(tx => tx.instance.putSetting('x', 'a\0b'));
  await expect(nul).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  // one that does not compress
  const path = randomBytes(3_000).toString('base64url');
  const long = store.transaction(async tx => {
    const id = tx.newId();
    await tx.versions.insertManifest({ id, createdAt: start });
    await tx.versions.putEntries(id, [entry(path)]);
  });
  await expect(long).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test('an integer beyond 2^53 is an error, and none below is changed', async () => {
  await query(database.url, `insert into entity_usage values (1, 0, ${2 ** 53 - 1}, -5), (2, 0, 9007199254740993, 0)`);
  expect(await store.read.blobs.usage(1)).toEqual({ logicalBytes: 2 ** 53 - 1, physicalBytes: -5 });
  await expect(store.read.blobs.usage(2)).rejects.toThrow(/beyond 2\^53/);
  expect(await store.read.blobs.usage(1)).toBeDefined();
});

test('a store outlives connections that end while nobody uses them, and a database that restarts', async () => {
  const server = await startPostgres();
  const own = openPostgresMetadataStore({ url: server.url('postgres'), connections: 4 });
  await own.migrate();
  await own.transaction(tx => tx.instance.putSetting('x', '1'));
  const others = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';
  await query(server.url('postgres'), others);
  await own.transaction(tx => tx.instance.putSetting('x', '2'));
  await vi.waitFor(async () => expect(await own.read.instance.getSetting('x')).toBe('2'), { timeout: 20_000 });
  await server.stop();
  await expect(own.read.instance.getSetting('x')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await expect(own.checkWritable()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await own.close();
});

test('errors say what happened, and which of them are worth another attempt', () => {
  const told = (code: string, table?: string) => {
    const error = translatePostgresError(Object.assign(new pg.DatabaseError('x', 1, 'error'), { code, table }));
    return [(error as { code: string }).code, isTransient(error)];
  };
  expect(told('23505', 'runs')).toEqual(['ALREADY_EXISTS', false]);
  expect(told('40001')).toEqual(['BUSY', true]);
  expect(told('40P01')).toEqual(['BUSY', true]);
  expect(told('53300')).toEqual(['BUSY', true]);
  expect(told('55P03')).toEqual(['BUSY', false]);
  expect(told('57014')).toEqual(['BUSY', false]);
  expect(told('53100')).toEqual(['STORAGE_FULL', false]);
  expect(told('57P01')).toEqual(['STORAGE_UNAVAILABLE', true]);
  expect(told('ECONNREFUSED')).toEqual(['STORAGE_UNAVAILABLE', true]);
  expect(told('28P01')).toEqual(['STORAGE_UNAVAILABLE', false]);
  expect(told('42501')).toEqual(['STORAGE_UNAVAILABLE', false]);
  expect(told('25006')).toEqual(['STORAGE_UNAVAILABLE', false]);
  // a mistake of ours
  expect(told('42703')).toEqual(['42703', false]);
  const plain = new Error('x');
  expect(translatePostgresError(plain)).toBe(plain);
});

test('statements are named the second time, and only so many', () => {
  const names = new StatementNames(2);
  expect(['a', 'a', 'b', 'a', 'b', 'c', 'c', 'b'].map(text => names.nameOf(text))).toEqual([
    undefined,
    'weighhouse_1',
    undefined,
    'weighhouse_1',
    'weighhouse_2',
    undefined,
    undefined,
    'weighhouse_2',
  ]);
});

test('a sound database has no problems', async () => {
  expect(await inspectPostgres({ url: database.url })).toEqual([]);
});

test('all problems of a database are told at once', async () => {
  const server = await startPostgres({ fsync: 'off', synchronous_commit: 'off', max_connections: '15' });
  const url = server.url('postgres');
  await query(url, 'create role clerk login');
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 60_000);
  const problems = await inspectPostgres({ url: url.replace('postgres@', 'clerk@') });
  expect(problems).toEqual([
    expect.stringContaining('fsync = off'),
    expect.stringContaining('synchronous_commit = off'),
    expect.stringContaining('grant create on schema public to clerk'),
    expect.stringContaining('WEIGHHOUSE_DATABASE_CONNECTIONS'),
    expect.stringContaining('60 s ahead of the clock of this server'),
  ]);
  vi.restoreAllMocks();
  expect(await inspectPostgres({ url: server.url('absent') })).toEqual([expect.stringContaining('does not exist')]);
  await server.stop();
  expect(await inspectPostgres({ url })).toEqual([expect.stringContaining('cannot be reached')]);
});

test('a database that takes no writes, or tables of somebody else, are told at the start', async () => {
  const url = await makeDatabase({ migrated: true });
  await query(url, 'create role reader login');
  await query(url, 'grant all on schema public to reader; alter role reader set default_transaction_read_only = on');
  expect(await inspectPostgres({ url: url.replace('postgres@', 'reader@') })).toEqual([
    expect.stringContaining('default_transaction_read_only'),
    expect.stringMatching(/may not read and write the tables .* and \d+ more/),
  ]);
  await query(url, 'drop owned by reader; drop role reader');
});

test('a server starts on PostgreSQL, keeps its records there, and says what keeps it from starting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weighhouse-test-'));
  const configure = (url: string) =>
    parseConfiguration({ WEIGHHOUSE_PORT: '0', WEIGHHOUSE_DATA: folder, WEIGHHOUSE_DATABASE: url });
  const server = await startServer(configure(database.url), silent);
  expect(server.firstStart).toBe(true);
  expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
  await server.stop();
  expect((await store.read.accounts.findUserByName('admin'))?.username).toBe('admin');
  const again = await startServer(configure(database.url), silent);
  expect(again.firstStart).toBe(false);
  await again.stop();
  const absent = configure(database.url.replace(/test_\w+/, 'absent').replace('postgres@', 'postgres:hunter2@'));
  const problem = await startServer(absent, silent).catch((error: Error) => error.message);
  expect(problem).toMatch(/absent: database "absent" does not exist/);
  expect(problem).not.toContain('hunter2');
  rmSync(folder, { recursive: true });
});

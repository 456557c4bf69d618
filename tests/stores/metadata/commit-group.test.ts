import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RegistryError } from '../../../packages/server/src/domain/registry-error.ts';
import { CommitGroup } from '../../../packages/server/src/stores/metadata/commit-group.ts';
import { openSqliteMetadataStore } from '../../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import type { SqlMetadataStore } from '../../../packages/server/src/stores/metadata/sql-metadata-store.ts';

let folder: string;
let file: string;
let store: SqlMetadataStore;
/** sees what is committed, as another process would */
let other: BetterSqlite3.Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-group-'));
  file = join(folder, 'metadata.db');
  store = openSqliteMetadataStore({ file });
  await store.migrate();
  other = new BetterSqlite3(file);
  // ids are there, so that nothing but the tests' own transactions is written
  await store.transaction(async tx => tx.newId());
});
afterEach(async () => {
  other.close();
  await store.close().catch(() => {});
  await rm(folder, { recursive: true });
});

const put = (name: string, value = '1') => store.transaction(tx => tx.instance.putSetting(name, value));
const committed = (name: string) => other.prepare('select value from settings where name = ?').pluck().get(name);
/** grows by one with every commit that changed something */
const commits = () => other.pragma('data_version', { simple: true }) as number;

test('transactions that come at once share a commit, and each is durable when it resolves', async () => {
  const before = commits();
  const seen = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      await put(`s${i}`);
      return committed(`s${i}`);
    }),
  );
  expect(seen).toEqual(Array(20).fill('1'));
  expect(commits()).toBe(before + 1);
});

test('nobody is told before it is durable', async () => {
  let told = false;
  const done = store
    .transaction(async tx => {
      await tx.instance.putSetting('a', '1');
    })
    .then(() => {
      told = true;
    });
  while (committed('a') === undefined) {
    expect(told).toBe(false);
    await new Promise(resolve => setImmediate(resolve));
  }
  await done;
});

test('one that fails takes nobody with it', async () => {
  const results = await Promise.allSettled([
    put('before'),
    store.transaction(async tx => {
      await tx.instance.putSetting('failed', '1');
      throw new Error('changed my mind');
    }),
    store.transaction(async tx => {
      await tx.instance.putSetting('refused', '1');
      const key = { userId: 404, name: 'of nobody', hint: 'h', hash: 'h', createdAt: 1 };
      await tx.accounts.insertKey({ ...key, id: tx.newId() });
    }),
    put('after'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(['before', 'failed', 'refused', 'after'].map(committed)).toEqual(['1', undefined, undefined, '1']);
});

test('a later one sees what an earlier one of the same commit wrote', async () => {
  const first = put('counted', '1');
  const second = store.transaction(async tx => {
    const value = Number(await tx.instance.getSetting('counted'));
    await tx.instance.putSetting('counted', String(value + 1));
  });
  await Promise.all([first, second]);
  expect(committed('counted')).toBe('2');
});

test('where the database gives up the whole transaction, all that are not durable fail', async () => {
  const database = new BetterSqlite3(file);
  const group = new CommitGroup(database);
  const durable = ['first', 'second'].map(name => {
    group.beginMember();
    database.prepare("insert into settings (name, value) values (?, '1')").run(name);
    const promise = group.durable();
    group.commitMember();
    return promise;
  });
  const failure = new RegistryError('STORAGE_FULL', 'The disk is full.');
  group.beginMember();
  // what SQLite does by itself on an I/O error
  database.exec('rollback');
  group.rollbackMember(failure);
  for (const promise of durable) await expect(promise).rejects.toBe(failure);
  expect(['first', 'second'].map(committed)).toEqual([undefined, undefined]);
  group.beginMember();
  database.prepare("insert into settings (name, value) values ('next', '1')").run();
  const next = group.durable();
  group.commitMember();
  await next;
  expect(committed('next')).toBe('1');
  database.close();
});

test('waits for one that takes several turns of the event loop', async () => {
  const first = put('quick');
  const slow = store.transaction(async tx => {
    await tx.instance.putSetting('slow', '1');
    for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve));
    await tx.instance.putSetting('slow', '2');
  });
  await Promise.all([first, slow]);
  expect([committed('quick'), committed('slow')]).toEqual(['1', '2']);
});

test('closing waits for what runs and makes it durable', async () => {
  const last = put('last');
  await store.close();
  await last;
  expect(committed('last')).toBe('1');
});

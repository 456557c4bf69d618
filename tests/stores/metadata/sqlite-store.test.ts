import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteMetadataStore } from '../../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import { translateSqliteError } from '../../../packages/server/src/stores/metadata/sqlite-errors.ts';
import { StatementCache } from '../../../packages/server/src/stores/metadata/statement-cache.ts';
import { endOfPrefix } from '../../../packages/server/src/stores/metadata/text-prefix.ts';
import { seed, seedHistory } from './sample-records.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-sqlite-'));
  file = join(folder, 'metadata.db');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('data of a newer build is refused, and left as it is', async () => {
  const store = openSqliteMetadataStore({ file });
  await store.migrate();
  await store.close();
  const database = new BetterSqlite3(file);
  database.prepare('insert into migrations (number, name, applied_at) values (99, ?, 0)').run('from the future');
  database.close();
  const before = await readFile(file);
  const older = openSqliteMetadataStore({ file });
  await expect(older.migrate()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('format 99'),
  });
  await older.close();
  expect((await readFile(file)).equals(before)).toBe(true);
});

test('what is committed survives a process that dies without closing', async () => {
  const store = openSqliteMetadataStore({ file });
  await store.migrate();
  const { artifact } = await seed(store);
  const copy = join(folder, 'copy.db');
  await copyFile(file, copy);
  await copyFile(`${file}-wal`, `${copy}-wal`);
  const recovered = openSqliteMetadataStore({ file: copy });
  expect(await recovered.read.collections.findCollection(artifact.id)).toEqual(artifact);
  await recovered.close();
  await store.close();
});

test('commits are written through to the disk', () => {
  const store = openSqliteMetadataStore({ file });
  const database = new BetterSqlite3(file);
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  database.close();
  return store.close();
});

test('history cannot be changed behind our back', async () => {
  const store = openSqliteMetadataStore({ file });
  await store.migrate();
  await seedHistory(store);
  const database = new BetterSqlite3(file);
  for (const sql of [
    'update alias_moves set revision = 5',
    'delete from alias_moves',
    'update events set details_json = 1 where sequence = 1',
    `update events set hash = 'x' where sequence = 1`,
    'update events set at = 5 where sequence is null',
    'delete from events',
  ]) {
    expect(() => database.exec(sql), sql).toThrow(/append-only/);
  }
  database.close();
  await store.close();
});

test('a transaction waits for another process that writes, and the event loop goes on', async () => {
  const store = openSqliteMetadataStore({ file });
  await store.migrate();
  const other = new BetterSqlite3(file);
  other.exec('begin immediate');
  let turns = 0;
  const ticker = setInterval(() => {
    turns += 1;
  }, 1);
  const writing = store.transaction(tx => tx.instance.putSetting('x', '1'));
  await new Promise(resolve => setTimeout(resolve, 300));
  other.exec('rollback');
  await writing;
  clearInterval(ticker);
  expect(await store.read.instance.getSetting('x')).toBe('1');
  expect(turns).toBeGreaterThan(5);
  other.close();
  await store.close();
});

test('errors of SQLite say what happened', () => {
  const database = new BetterSqlite3(file);
  database.exec('create table runs (id integer primary key, name text unique) strict');
  database.exec(`insert into runs values (1, 'a')`);
  const codeOf = (sql: string, on = database) => {
    try {
      on.exec(sql);
    } catch (error) {
      const translated = translateSqliteError(error) as { code: string; message: string };
      return [translated.code, translated.message];
    }
    return undefined;
  };
  expect(codeOf(`insert into runs values (2, 'a')`)).toEqual([
    'ALREADY_EXISTS',
    expect.stringContaining('run of this name'),
  ]);
  expect(codeOf(`insert into runs values (1, 'b')`)?.[0]).toBe('ALREADY_EXISTS');
  expect(codeOf(`insert into runs values ('x', 'b')`)?.[0]).toMatch(/^SQLITE_/);
  database.pragma('max_page_count = 3');
  expect(codeOf(`insert into runs values (9, zeroblob(99999) || '')`)?.[0]).toBe('STORAGE_FULL');
  const busy = new BetterSqlite3(file, { timeout: 0 });
  database.exec('begin immediate');
  expect(codeOf('begin immediate', busy)?.[0]).toBe('BUSY');
  database.exec('rollback');
  busy.close();
  const readonly = new BetterSqlite3(file, { readonly: true });
  expect(codeOf('delete from runs', readonly)?.[0]).toBe('STORAGE_UNAVAILABLE');
  readonly.close();
  database.close();
  const plain = new Error('x');
  expect(translateSqliteError(plain)).toBe(plain);
});

test('a file that cannot be opened is an error of the storage', () => {
  expect(() => openSqliteMetadataStore({ file: join(folder, 'absent', 'x.db') })).toThrow();
  expect(() => openSqliteMetadataStore({ file: folder })).toThrow(
    expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }),
  );
});

test('the statement cache keeps what was used last', () => {
  const prepared: string[] = [];
  const cache = new StatementCache(text => {
    prepared.push(text);
    return { text };
  }, 2);
  for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) expect(cache.get(text).text).toBe(text);
  expect(prepared).toEqual(['a', 'b', 'c', 'b']);
  expect(cache.size).toBe(2);
});

test('the end of a prefix is the next text in the order of bytes', () => {
  expect(endOfPrefix('a/')).toBe('a0');
  expect(endOfPrefix('a\u{10ffff}')).toBe('b');
  expect(endOfPrefix('\ud7ff')).toBe('\ue000');
  expect(endOfPrefix('\uffff')).toBe('\u{10000}');
  expect(endOfPrefix('\u{10ffff}')).toBeUndefined();
  expect(endOfPrefix('')).toBeUndefined();
});

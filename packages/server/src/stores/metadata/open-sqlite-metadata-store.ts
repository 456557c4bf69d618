import BetterSqlite3 from 'better-sqlite3';
import { Kysely } from 'kysely';
import type { Clock } from '../../ports/clock.ts';
import { CommitGroup } from './commit-group.ts';
import { sqliteMatches, sqliteSql } from './dialect.ts';
import { PatternCache } from './pattern-cache.ts';
import type { Database } from './schema.ts';
import { SqlMetadataStore } from './sql-metadata-store.ts';
import { sqliteDialect } from './sqlite-driver.ts';
import { translateSqliteError } from './sqlite-errors.ts';

export interface SqliteOptions {
  /** path of the database, made where there is none, or `:memory:` */
  file: string;
  clock?: Clock;
  /** see `Session`; for tests */
  reach?: number;
  /** sees every statement; for tests and for finding slow ones */
  trace?: (sql: string, parameters: readonly unknown[]) => void;
}

/** A statement that meets the lock of another process holds up the event loop for so long; transactions go on waiting without. */
const busyTimeout = 25;

/**
 * Opens the metadata store on SQLite. Call `migrate` before anything else.
 * A file is read through a second connection, so that readers never wait for a writer; a database in memory exists only
 * within its one connection, where they take turns.
 */
export function openSqliteMetadataStore({
  file,
  clock = { now: Date.now },
  trace,
  reach,
}: SqliteOptions): SqlMetadataStore {
  const inMemory = file === ':memory:';
  const writing = open(file, false);
  if (inMemory) {
    const writer = new Kysely({ dialect: sqliteDialect(writing, { readsOnly: false, trace }) }) as Database;
    const close = async () => void writing.close();
    return new SqlMetadataStore({ name: 'sqlite', dialect: sqliteSql, writer, reader: writer, clock, reach, close });
  }
  const group = new CommitGroup(writing);
  const writer = new Kysely({ dialect: sqliteDialect(writing, { readsOnly: false, group, trace }) }) as Database;
  const reading = open(file, true);
  const reader = new Kysely({ dialect: sqliteDialect(reading, { readsOnly: true, trace }) }) as Database;
  const close = async () => {
    group.flush();
    // the last one to close writes the log back into the file, which a reader may not
    reading.close();
    writing.close();
  };
  return new SqlMetadataStore({
    name: 'sqlite',
    dialect: sqliteSql,
    writer,
    reader,
    clock,
    reach,
    durable: () => group.durable(),
    close,
  });
}

function open(file: string, readonly: boolean): BetterSqlite3.Database {
  try {
    const database = new BetterSqlite3(file, { readonly, timeout: busyTimeout });
    if (!readonly) {
      database.pragma('journal_mode = wal');
      // with less, a power cut could take back what was acknowledged
      database.pragma('synchronous = full');
      database.pragma('foreign_keys = on');
      database.pragma('journal_size_limit = 67108864');
      // Pages. With the default of 1000, every slice of a large manifest would copy most of an index back into the file.
      database.pragma('wal_autocheckpoint = 4000');
    }
    // in KiB where negative
    database.pragma('cache_size = -16384');
    database.pragma('temp_store = memory');
    const patterns = new PatternCache();
    database.function(sqliteMatches, { deterministic: true }, (source, text) => patterns.matches(source, text));
    return database;
  } catch (error) {
    throw translateSqliteError(error);
  }
}

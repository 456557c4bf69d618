import { Kysely } from 'kysely';
import type { Clock } from '../../ports/clock.ts';
import { postgresSql } from './dialect.ts';
import { postgresDialect } from './postgres-driver.ts';
import { openPool } from './postgres-pool.ts';
import type { Database } from './schema.ts';
import { SqlMetadataStore } from './sql-metadata-store.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?…` */
  url: string;
  /** connections of this server, at least 2; half of them write */
  connections?: number;
  clock?: Clock;
  /** see `Session`; for tests */
  reach?: number;
  /** sees every statement; for tests and for finding slow ones */
  trace?: (sql: string, parameters: readonly unknown[]) => void;
}

export const defaultConnections = 20;

/**
 * Opens the metadata store on PostgreSQL; any number of servers may share one database. Call `migrate` before anything
 * else. Readers have connections of their own, so that a burst of writers that wait for each other never keeps a reader
 * waiting.
 */
export function openPostgresMetadataStore(options: PostgresOptions): SqlMetadataStore {
  const { url, connections = defaultConnections, clock = { now: Date.now }, trace, reach } = options;
  const writers = Math.max(1, Math.floor(connections / 2));
  const writing = openPool({ url }, writers);
  const reading = openPool({ url }, Math.max(1, connections - writers));
  const writer = new Kysely({ dialect: postgresDialect(writing, { trace }) }) as Database;
  const reader = new Kysely({ dialect: postgresDialect(reading, { trace }) }) as Database;
  const close = async () => {
    await Promise.all([reading.end(), writing.end()]);
  };
  return new SqlMetadataStore({
    name: 'postgresql',
    dialect: postgresSql,
    writer,
    reader,
    writers,
    clock,
    reach,
    sharesReads: true,
    close,
  });
}

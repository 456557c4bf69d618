import { statSync } from 'node:fs';
import { query } from '../../tests/support/postgres-database.ts';
import type { BenchDatabase } from './bench-database.ts';

/** What a database that nobody writes takes on disk, indexes included. */
export async function databaseBytes(database: BenchDatabase): Promise<number> {
  if (database.kind === 'sqlite') return statSync(database.file).size;
  const [row] = await query(database.url, 'select pg_database_size(current_database()) as bytes');
  return Number(row?.bytes);
}

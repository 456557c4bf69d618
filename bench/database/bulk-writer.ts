import type { BenchDatabase } from './bench-database.ts';
import { openPostgresBulkWriter } from './postgres-bulk-writer.ts';
import { openSqliteBulkWriter } from './sqlite-bulk-writer.ts';

export type Value = string | number | boolean | null;

/** Rows by table. All rows of a table have the same columns, in the same order. */
export type TableRows = Readonly<Record<string, readonly object[]>>;

export interface BulkOptions {
  /** Tables whose indexes are dropped now and made anew by `finish`: sorting once beats sorting in row by row. */
  rebuildIndexesOf?: readonly string[];
}

/** Writes rows past everything that a server does, into a database that nobody else uses meanwhile. */
export interface BulkWriter {
  /** @returns the rows of a query, where `?` stands for a parameter */
  query(sql: string, parameters?: readonly Value[]): Promise<Record<string, Value>[]>;
  write(rows: TableRows): Promise<void>;
  /** Makes the indexes, and leaves the database as one that has been running for a while; then closes it. */
  finish(): Promise<void>;
}

export async function openBulkWriter(database: BenchDatabase, options: BulkOptions = {}): Promise<BulkWriter> {
  return database.kind === 'sqlite'
    ? openSqliteBulkWriter(database.file, options)
    : await openPostgresBulkWriter(database.url, options);
}

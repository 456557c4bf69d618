import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';

/** What a group of queries runs on: the pool for reading, or one transaction. */
export interface Session {
  readonly db: Database;
  readonly dialect: SqlDialect;
  /**
   * Throws an error that was found after something had been written, and sees to it that the transaction cannot be
   * committed any more, whoever catches the error.
   */
  fail(error: Error): never;
}

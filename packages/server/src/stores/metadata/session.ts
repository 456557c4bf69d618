import type { AppendedRows } from './appended-rows.ts';
import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';
import type { SharedReads } from './shared-reads.ts';

/** More are put in order slower than they are met. */
export const usualReach = 4_000;

/** What a group of queries runs on: the pool for reading, or one transaction. */
export interface Session {
  readonly db: Database;
  readonly dialect: SqlDialect;
  /**
   * Whether what is read is locked until the transaction ends, so that what is decided from it stays true: in a
   * transaction, where the database has no lock that keeps all other writers out anyway.
   */
  readonly locksRows: boolean;
  /** for what is asked outside of transactions, where the database is a way away */
  readonly shared: SharedReads | undefined;
  /** objects to which an index may lead a search; where it leads to more, they are met soon enough in the order of the list */
  readonly reach: number;
  /** what this transaction has locked so far, in the words of `holds.ts` */
  readonly held: Set<string>;
  /** what this transaction writes at its end */
  readonly appended: AppendedRows;
  /**
   * Throws an error that was found after something had been written, and sees to it that the transaction cannot be
   * committed any more, whoever catches the error.
   */
  fail(error: Error): never;
}

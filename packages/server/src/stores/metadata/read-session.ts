import { AppendedRows } from './appended-rows.ts';
import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';
import { type Session, usualReach } from './session.ts';
import type { SharedReads } from './shared-reads.ts';
import type { TransactionGuard } from './transaction-guard.ts';

/** Reads what is committed; refuses to be used where a transaction is running. */
export class ReadSession implements Session {
  readonly dialect: SqlDialect;
  readonly locksRows = false;
  readonly reach: number;
  readonly shared: SharedReads | undefined;
  readonly held = new Set<string>();
  readonly appended = new AppendedRows();
  readonly #db: Database;
  readonly #guard: TransactionGuard;

  constructor(parts: {
    db: Database;
    dialect: SqlDialect;
    guard: TransactionGuard;
    reach?: number;
    shared?: SharedReads;
  }) {
    this.#db = parts.db;
    this.dialect = parts.dialect;
    this.reach = parts.reach ?? usualReach;
    this.shared = parts.shared;
    this.#guard = parts.guard;
  }

  get db(): Database {
    this.#guard.refuse('MetadataStore.read');
    return this.#db;
  }

  fail(error: Error): never {
    throw error;
  }
}

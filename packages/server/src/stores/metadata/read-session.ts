import { AppendedRows } from './appended-rows.ts';
import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';
import { type Session, usualReach } from './session.ts';
import type { TransactionGuard } from './transaction-guard.ts';

/** Reads what is committed; refuses to be used where a transaction is running. */
export class ReadSession implements Session {
  readonly dialect: SqlDialect;
  readonly locksRows = false;
  readonly reach: number;
  readonly held = new Set<string>();
  readonly appended = new AppendedRows();
  readonly #db: Database;
  readonly #guard: TransactionGuard;

  constructor(db: Database, dialect: SqlDialect, guard: TransactionGuard, reach = usualReach) {
    this.#db = db;
    this.dialect = dialect;
    this.reach = reach;
    this.#guard = guard;
  }

  get db(): Database {
    this.#guard.refuse('MetadataStore.read');
    return this.#db;
  }

  fail(error: Error): never {
    throw error;
  }
}

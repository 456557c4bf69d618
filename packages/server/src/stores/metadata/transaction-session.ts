import { AppendedRows } from './appended-rows.ts';
import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';
import { type Session, usualReach } from './session.ts';

/** One running transaction. */
export class TransactionSession implements Session {
  readonly dialect: SqlDialect;
  readonly db: Database;
  readonly locksRows: boolean;
  readonly reach = usualReach;
  readonly shared = undefined;
  readonly held = new Set<string>();
  readonly appended = new AppendedRows();
  #failure: Error | undefined;

  constructor(db: Database, dialect: SqlDialect) {
    this.db = db;
    this.dialect = dialect;
    this.locksRows = dialect.locksRows;
  }

  fail(error: Error): never {
    this.#failure = error;
    throw error;
  }

  /** To be called before the commit: writes what was left for the end. */
  async finish(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.appended.flush(this);
  }
}

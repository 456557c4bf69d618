import type BetterSqlite3 from 'better-sqlite3';
import { translateSqliteError } from './sqlite-errors.ts';

/** Transactions that share one sync at most: together they hold up the event loop. */
const most = 50;

/**
 * Lets transactions that come in one turn of the event loop share the sync to the disk, which takes SQLite longer than
 * their statements. Each is a savepoint of its own, so that one that fails takes nobody with it. Each sees what those
 * before it wrote, so none may tell of its end, good or bad, before all of them are durable.
 */
export class CommitGroup {
  readonly #database: BetterSqlite3.Database;
  readonly #statements: Record<
    'begin' | 'savepoint' | 'release' | 'rollbackTo' | 'commit' | 'rollback',
    BetterSqlite3.Statement
  >;
  #open: PromiseWithResolvers<void> | undefined;
  #members = 0;
  #isMemberRunning = false;
  #isDue = false;
  /** why the database ended the transaction by itself */
  #loss: unknown;

  constructor(database: BetterSqlite3.Database) {
    this.#database = database;
    this.#statements = {
      begin: database.prepare('begin immediate'),
      savepoint: database.prepare('savepoint member'),
      release: database.prepare('release member'),
      rollbackTo: database.prepare('rollback to member'),
      commit: database.prepare('commit'),
      rollback: database.prepare('rollback'),
    };
  }

  /** Resolves when what the running transaction saw and writes is on the disk, rejects where none of it will be. */
  durable(): Promise<void> {
    return this.#open?.promise ?? Promise.resolve();
  }

  /** @throws the database's own error where another process writes */
  beginMember(): void {
    if (!this.#open) {
      this.#statements.begin.run();
      this.#open = Promise.withResolvers();
      // nobody may ask
      this.#open.promise.catch(() => {});
    }
    this.#statements.savepoint.run();
    this.#isMemberRunning = true;
  }

  commitMember(): void {
    this.#statements.release.run();
    this.#endMember();
  }

  /** @param failure what the member failed with, if it was the database that refused */
  rollbackMember(failure: unknown): void {
    if (this.#database.inTransaction) {
      this.#statements.rollbackTo.run();
      this.#statements.release.run();
    } else {
      // a full disk or an I/O error has rolled back everything already
      this.#loss = failure;
    }
    this.#endMember();
  }

  /** Makes durable what was committed so far. */
  flush(): void {
    if (!this.#open || this.#isMemberRunning) return;
    const group = this.#open;
    this.#open = undefined;
    this.#members = 0;
    this.#isDue = false;
    try {
      if (!this.#database.inTransaction) throw this.#loss ?? new Error('the database ended the transaction by itself');
      this.#statements.commit.run();
      group.resolve();
    } catch (error) {
      if (this.#database.inTransaction) this.#statements.rollback.run();
      group.reject(translateSqliteError(error));
    }
  }

  #endMember(): void {
    this.#isMemberRunning = false;
    this.#members += 1;
    if (this.#members === 1) {
      setImmediate(() => {
        this.#isDue = true;
        this.flush();
      });
    }
    if (this.#isDue || this.#members >= most || !this.#database.inTransaction) this.flush();
  }
}

import type { Writable } from 'node:stream';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { QueryResult as PgResult, Pool, PoolClient } from 'pg';
import { isConnectionLoss, translatePostgresError } from './postgres-errors.ts';
import { StatementNames } from './statement-names.ts';
import { databaseUnavailable } from './storage-errors.ts';
import { TransactionState } from './transaction-state.ts';

export interface PostgresDialectOptions {
  trace?: (sql: string, parameters: readonly unknown[]) => void;
}

/**
 * Kysely on a pool of pg connections that are pipelines: what is sent does not wait for the answer to what was sent
 * before. Differs from Kysely's own: statements are named, errors are translated, the level
 * of isolation does not depend on how the database is set up, and a connection that broke never returns to the pool.
 */
export function postgresDialect(pool: Pool, options: PostgresDialectOptions): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PostgresDriver(pool, options),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: db => new PostgresIntrospector(db),
  };
}

class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  readonly #trace: PostgresDialectOptions['trace'];

  constructor(pool: Pool, options: PostgresDialectOptions) {
    this.#pool = pool;
    this.#trace = options.trace;
  }

  async init(): Promise<void> {}

  /** A connection object of its own for everybody: what outlives its transaction must not slip into the next one. */
  async acquireConnection(): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect(), this.#names, this.#trace);
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    await connection.begin();
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #names: StatementNames;
  readonly #trace: PostgresDialectOptions['trace'];
  readonly #state = new TransactionState();
  #broken = false;
  #isCorked = false;

  constructor(client: PoolClient, names: StatementNames, trace: PostgresDialectOptions['trace']) {
    this.#client = client;
    this.#names = names;
    this.#trace = trace;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#state.requireUsable();
    this.#trace?.(query.sql, query.parameters);
    const isAnswered = !('unanswered' in query && this.#state.isInTransaction);
    if (!isAnswered) this.#cork();
    const sent = this.#send(query.sql, query.parameters, this.#names.nameOf(query.sql));
    if (!isAnswered) {
      this.#expectNothing(sent);
      return { rows: [] };
    }
    this.#uncork();
    try {
      const { command, rowCount, rows } = await sent;
      const writes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
      return writes ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Notes how a statement failed. @returns what failed first: all that was sent behind it was turned down for it */
  #failed(error: unknown): unknown {
    const translated = translatePostgresError(error);
    this.#state.fail(translated);
    return this.#state.failure ?? translated;
  }

  /** What is not waited for leaves together with what is: writing to the socket costs more than all else about it. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    streamOf(this.#client).cork();
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    streamOf(this.#client).uncork();
  }

  #expectNothing(sent: Promise<unknown>): void {
    sent.catch(error => this.#state.fail(translatePostgresError(error), { told: false }));
  }

  // biome-ignore lint/correctness/useYield: lists are read in pages, so nothing is ever streamed
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Read lists in pages; a stream would hold a connection.');
  }

  /**
   * Sent ahead of the first statement, not awaited. Each statement sees what was committed before it began; what is
   * decided from is locked (`holds.ts`).
   */
  async begin(): Promise<void> {
    this.#state.begin();
    this.#cork();
    this.#expectNothing(this.#send('begin isolation level read committed read write'));
  }

  async commit(): Promise<void> {
    this.#state.requireCommittable();
    try {
      const sent = this.#send('commit');
      this.#uncork();
      const { command } = await sent;
      // so PostgreSQL answers where a statement failed that nobody waited for
      this.#state.requireCommittable();
      if (command !== 'COMMIT') throw new Error('The database rolled the transaction back.');
    } catch (error) {
      // Nobody knows whether a commit whose answer was lost took place: to run it again could do it twice.
      throw isConnectionLoss(error) ? databaseUnavailable(error) : translatePostgresError(error);
    } finally {
      this.#state.end();
    }
  }

  async rollback(): Promise<void> {
    this.#state.end();
    if (this.#broken) return;
    try {
      const sent = this.#send('rollback');
      this.#uncork();
      await sent;
    } catch {
      // the server rolls back what a closed connection leaves behind
      this.#broken = true;
    }
  }

  release(): void {
    this.#state.end();
    this.#uncork();
    this.#client.release(this.#broken);
  }

  async #send(text: string, values?: readonly unknown[], name?: string): Promise<PgResult> {
    try {
      return await this.#client.query({ text, values: values as unknown[] | undefined, name });
    } catch (error) {
      if (isConnectionLoss(error)) this.#broken = true;
      throw error;
    }
  }
}

/** The socket of a connection, which pg's types leave out. */
function streamOf(client: PoolClient): Writable {
  return (client as unknown as { connection: { stream: Writable } }).connection.stream;
}

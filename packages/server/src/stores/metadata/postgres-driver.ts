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
 * Kysely on a pool of pg connections. Differs from Kysely's own: statements are named, errors are translated, the level
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

  constructor(client: PoolClient, names: StatementNames, trace: PostgresDialectOptions['trace']) {
    this.#client = client;
    this.#names = names;
    this.#trace = trace;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#state.requireUsable();
    this.#trace?.(query.sql, query.parameters);
    try {
      const name = this.#names.nameOf(query.sql);
      const { command, rowCount, rows } = await this.#send(query.sql, query.parameters, name);
      const writes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
      return writes ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
    } catch (error) {
      const translated = translatePostgresError(error);
      this.#state.fail(translated);
      throw translated;
    }
  }

  // biome-ignore lint/correctness/useYield: lists are read in pages, so nothing is ever streamed
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Read lists in pages; a stream would hold a connection.');
  }

  /** Each statement sees what was committed before it began; what is decided from is locked (`holds.ts`). */
  async begin(): Promise<void> {
    try {
      await this.#send('begin isolation level read committed read write');
      this.#state.begin();
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  async commit(): Promise<void> {
    this.#state.requireCommittable();
    this.#state.end();
    try {
      const { command } = await this.#send('commit');
      // PostgreSQL answers so where a statement failed of which nobody waited for the answer
      if (command !== 'COMMIT') throw new Error('The database rolled the transaction back.');
    } catch (error) {
      // Nobody knows whether a commit whose answer was lost took place: to run it again could do it twice.
      throw isConnectionLoss(error) ? databaseUnavailable(error) : translatePostgresError(error);
    }
  }

  async rollback(): Promise<void> {
    this.#state.end();
    if (this.#broken) return;
    try {
      await this.#send('rollback');
    } catch {
      // the server rolls back what a closed connection leaves behind
      this.#broken = true;
    }
  }

  release(): void {
    this.#state.end();
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

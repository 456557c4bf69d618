import type { Compilable, CompiledQuery } from 'kysely';
import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';

/** What a driver need not wait for: see `PreparedQuery.send`. */
export interface UnansweredQuery extends CompiledQuery {
  readonly unanswered: true;
}

/** Stands for a value that is known only when the query runs. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Build<P extends object, R> = (
  db: Database,
  value: <K extends keyof P>(name: K) => P[K],
  dialect: SqlDialect,
  locksRows: boolean,
) => Compilable<R>;

let queries = 0;

/**
 * A query for the rows that equal the given values, whose SQL is made once for each dialect and way of reading. Building
 * the text takes Kysely two or three times as long as SQLite takes to answer, so the queries behind every request are
 * kept in this form.
 */
export class PreparedQuery<P extends object, R> {
  readonly #id = ++queries;
  readonly #build: Build<P, R>;
  readonly #compiled = new Map<string, CompiledQuery<R>>();

  constructor(build: Build<P, R>) {
    this.#build = build;
  }

  async all(session: Session, values: P): Promise<readonly R[]> {
    // what the database cannot keep is not there
    if (!session.dialect.keepsNul && Object.values(values).some(holdsNul)) return [];
    const { db, shared } = session;
    const query = this.#compile(session, values);
    const read = async () => (await db.executeQuery<R>(query)).rows;
    return await (shared ? shared.run(`${this.#id} ${JSON.stringify(query.parameters)}`, read) : read());
  }

  #compile({ db, dialect, locksRows }: Session, values: P): CompiledQuery<R> {
    const key = locksRows ? `${dialect.name}, locking` : dialect.name;
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      compiled = this.#build(db, name => new Placeholder(String(name)) as never, dialect, locksRows).compile();
      this.#compiled.set(key, compiled);
    }
    const parameters = compiled.parameters.map(given =>
      given instanceof Placeholder ? values[given.name as keyof P] : given,
    );
    return { ...compiled, parameters };
  }

  /**
   * Runs a statement whose answer nobody needs. In a transaction it may still be under way when this returns; what
   * comes after it waits for it, and where it fails, so does the next statement or the commit.
   */
  async send(session: Session, values: P): Promise<void> {
    const query: UnansweredQuery = { ...this.#compile(session, values), unanswered: true };
    await session.db.executeQuery(query);
  }

  async first(session: Session, values: P): Promise<R | undefined> {
    return (await this.all(session, values))[0];
  }
}

export function holdsNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}

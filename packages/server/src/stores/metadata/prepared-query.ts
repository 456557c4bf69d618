import type { Compilable, CompiledQuery } from 'kysely';
import type { SqlDialect } from './dialect.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';

/** Stands for a value that is known only when the query runs. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Values = Record<string, unknown>;

type Build<P extends Values, R> = (
  db: Database,
  value: <K extends keyof P>(name: K) => P[K],
  dialect: SqlDialect,
  locksRows: boolean,
) => Compilable<R>;

/**
 * A query for the rows that equal the given values, whose SQL is made once for each dialect and way of reading. Building
 * the text takes Kysely two or three times as long as SQLite takes to answer, so the queries behind every request are
 * kept in this form.
 */
export class PreparedQuery<P extends Values, R> {
  readonly #build: Build<P, R>;
  readonly #compiled = new Map<string, CompiledQuery<R>>();

  constructor(build: Build<P, R>) {
    this.#build = build;
  }

  async all(session: Session, values: P): Promise<R[]> {
    const { db, dialect, locksRows } = session;
    // what the database cannot keep is not there
    if (!dialect.keepsNul && Object.values(values).some(holdsNul)) return [];
    const key = locksRows ? `${dialect.name}, locking` : dialect.name;
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      compiled = this.#build(db, name => new Placeholder(String(name)) as never, dialect, locksRows).compile();
      this.#compiled.set(key, compiled);
    }
    const parameters = compiled.parameters.map(given => (given instanceof Placeholder ? values[given.name] : given));
    const { rows } = await db.executeQuery<R>({ ...compiled, parameters });
    return rows;
  }

  async first(session: Session, values: P): Promise<R | undefined> {
    return (await this.all(session, values))[0];
  }
}

function holdsNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}

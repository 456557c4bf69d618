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

/**
 * A query whose SQL is made once for each dialect. Building the text takes Kysely two or three times as long as SQLite
 * takes to answer, so the queries behind every request are kept in this form.
 */
export class PreparedQuery<P extends Values, R> {
  readonly #build: (db: Database, value: <K extends keyof P>(name: K) => P[K], dialect: SqlDialect) => Compilable<R>;
  readonly #compiled = new WeakMap<SqlDialect, CompiledQuery<R>>();

  constructor(
    build: (db: Database, value: <K extends keyof P>(name: K) => P[K], dialect: SqlDialect) => Compilable<R>,
  ) {
    this.#build = build;
  }

  async all(session: Session, values: P): Promise<R[]> {
    const { db } = session;
    let compiled = this.#compiled.get(session.dialect);
    if (!compiled) {
      compiled = this.#build(db, name => new Placeholder(String(name)) as never, session.dialect).compile();
      this.#compiled.set(session.dialect, compiled);
    }
    const parameters = compiled.parameters.map(given => (given instanceof Placeholder ? values[given.name] : given));
    const { rows } = await db.executeQuery<R>({ ...compiled, parameters });
    return rows;
  }

  async first(session: Session, values: P): Promise<R | undefined> {
    return (await this.all(session, values))[0];
  }
}

import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';

type Kind = 'integer' | 'float' | 'text' | 'bytes';
/**
 * A column in a few words: its type, `?` where it may be null, and `-> table` where it holds an id of that table.
 * `id` is an integer primary key, `key` a text one.
 */
export type Column =
  | 'id'
  | `id -> ${string}`
  | 'key'
  | Kind
  | `${Kind}?`
  | `integer -> ${string}`
  | `integer? -> ${string}`;

export interface TableOptions {
  /** where it is more than one column */
  primaryKey?: string[];
  /** whether rows are kept in the order of the primary key: small rows that are read by it */
  clustered?: boolean;
}

/** Writes tables for either database. Frozen migrations use it, so what it makes of their words must not change. */
export class SchemaWriter {
  readonly #db: Kysely<unknown>;
  readonly #dialect: SqlDialect;

  constructor(db: Kysely<unknown>, dialect: SqlDialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  async table(name: string, columns: Record<string, Column>, options: TableOptions = {}): Promise<void> {
    const { primaryKey, clustered = false } = options;
    const lines = Object.entries(columns).map(([column, words]) => this.#column(column, words));
    if (primaryKey) lines.push(sql`primary key (${sql.join(primaryKey.map(column => sql.ref(column)))})`);
    const end = clustered ? this.#dialect.clusteredTableEnd : this.#dialect.tableEnd;
    await sql`create table ${sql.table(name)} (${sql.join(lines)}) ${end}`.execute(this.#db);
  }

  /** Rows that are there already have null in it. */
  async addColumn(table: string, name: string, words: `${Kind}?`): Promise<void> {
    await sql`alter table ${sql.table(table)} add column ${this.#column(name, words)}`.execute(this.#db);
  }

  async index(name: string, table: string, columns: string[], where?: string): Promise<void> {
    await this.#index(sql`create index`, name, table, columns, where);
  }

  async unique(name: string, table: string, columns: string[], where?: string): Promise<void> {
    await this.#index(sql`create unique index`, name, table, columns, where);
  }

  /** See `SqlDialect.appendOnly`. */
  async appendOnly(table: string, unless?: string): Promise<void> {
    for (const statement of this.#dialect.appendOnly(table, unless)) await statement.execute(this.#db);
  }

  async run(statement: RawBuilder<unknown>): Promise<void> {
    await statement.execute(this.#db);
  }

  #column(name: string, words: Column): RawBuilder<unknown> {
    const [type = '', , target] = words.split(' ');
    const { types } = this.#dialect;
    const references = target === undefined ? sql`` : sql` references ${sql.table(target)} (${sql.ref('id')})`;
    if (type === 'id') return sql`${sql.ref(name)} ${types.integer} not null primary key${references}`;
    if (type === 'key') return sql`${sql.ref(name)} ${types.text} not null primary key`;
    const kind = type.replace('?', '') as Kind;
    const required = type.endsWith('?') ? sql`` : sql` not null`;
    return sql`${sql.ref(name)} ${types[kind]}${required}${references}`;
  }

  async #index(create: RawBuilder<unknown>, name: string, table: string, columns: string[], where?: string) {
    const refs = sql.join(columns.map(column => sql.ref(column)));
    const condition = where === undefined ? sql`` : sql` where ${sql.raw(where)}`;
    await sql`${create} ${sql.ref(name)} on ${sql.table(table)} (${refs})${condition}`.execute(this.#db);
  }
}

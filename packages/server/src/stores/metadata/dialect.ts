import { createHash } from 'node:crypto';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { maxSearchedText } from '../../domain/conditions.ts';
import { globOf } from './search/plain-patterns.ts';

/** Everything in which the databases differ, so that no query asks which one it runs on. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgresql';
  /** column types of the schema */
  readonly types: {
    /** ids, counts, times, booleans */
    readonly integer: RawBuilder<unknown>;
    readonly float: RawBuilder<unknown>;
    /** text ordered and compared as its UTF-8 bytes */
    readonly text: RawBuilder<unknown>;
    readonly bytes: RawBuilder<unknown>;
  };
  /** behind the closing parenthesis of a table */
  readonly tableEnd: RawBuilder<unknown>;
  /** the same for a table that is only ever read by its primary key, in whose order its rows are kept where possible */
  readonly clusteredTableEnd: RawBuilder<unknown>;
  /** whether rows are locked one by one (`for update`), or a writer has the database for itself */
  readonly locksRows: boolean;
  /** whether text may hold U+0000 */
  readonly keepsNul: boolean;
  /** How statement texts made by hand refer to their parameter number `position`, from 1. */
  placeholder(position: number): string;
  /** A list as one parameter, for `among`: one statement text whatever the length. */
  list(values: readonly (number | string)[]): unknown;
  /** `column` is one of the values of a `list`. */
  among(column: string | RawBuilder<unknown>, list: unknown): RawBuilder<SqlBool>;
  /** A column that no index is to be used for, where the planner would take the wrong one. */
  unindexed(column: string): RawBuilder<unknown>;
  /** A table of the elements of an array, given as JSON text: its column is `value`. */
  elements(json: string): RawBuilder<unknown>;
  /** The values of a column in all rows, as JSON text of an array; of no rows null or an empty one. */
  gather(column: string): RawBuilder<unknown>;
  /** Columns of a row, named by their keys, as JSON text of an object. */
  object(columns: Readonly<Record<string, string>>): RawBuilder<string>;
  /** What follows `from`, up to a `where` that goes on with `and`: the rows of one owner, found by that alone. */
  rowsWhere(table: RawBuilder<unknown>, isOwn: RawBuilder<SqlBool>): RawBuilder<unknown>;
  /** Text has `part` inside, in the same case. */
  contains(text: RawBuilder<unknown>, part: string): RawBuilder<SqlBool>;
  /**
   * True for every text that matches a pattern as `matchesPattern` finds it, and for no other where it is `exact`;
   * undefined where the database would read the pattern as another.
   * @param isShort of at most half of what `matchesPattern` searches
   */
  matches(
    text: RawBuilder<unknown>,
    pattern: RegExp,
    isShort: boolean,
  ): { where: RawBuilder<SqlBool>; exact: boolean } | undefined;
  /** Statements that make the rows of a table unchangeable but for updates of rows where `unless` holds. */
  appendOnly(table: string, unless?: string): RawBuilder<unknown>[];
  /** Statements at the head of a migration's transaction, after which no other server migrates until it ends. */
  lockMigrations(): RawBuilder<unknown>[];
  /**
   * Nobody else passes this statement with one of the same names until the transaction ends; they are taken one after the
   * other. Undefined where a writer has the database for itself.
   */
  holdNames?(names: readonly string[]): RawBuilder<unknown>;
  /** No statement of the transaction waits longer for what others hold. Undefined like `holdNames`. */
  limitWaits?(milliseconds: number): RawBuilder<unknown>;
}

/** A function of ours that every SQLite connection has. */
export const sqliteMatches = 'matches_pattern';

/** For `glob`: of several lines, which a dot does not match the ends of. Short texts hold no U+0000. */
const notOneLine = '*[\n\r\u2028\u2029]*';

/** SQLite compares text as UTF-8 bytes by default; `strict` gives its columns the types they are declared with. */
export const sqliteSql: SqlDialect = {
  name: 'sqlite',
  types: { integer: sql`integer`, float: sql`real`, text: sql`text`, bytes: sql`blob` },
  tableEnd: sql`strict`,
  clusteredTableEnd: sql`strict, without rowid`,
  locksRows: false,
  keepsNul: true,
  placeholder: () => '?',
  list: values => JSON.stringify(values),
  among: (column, list) => sql<SqlBool>`${asColumn(column)} in (select value from json_each(${list}))`,
  unindexed: column => sql`+${sql.ref(column)}`,
  rowsWhere: (table, isOwn) => sql`${table} where ${isOwn}`,
  contains: (text, part) => sql<SqlBool>`instr(${text}, ${part}) > 0`,
  elements: json => sql`json_each(${json})`,
  gather: column => sql`json_group_array(${sql.ref(column)})`,
  object: columns => sql`json_object(${fieldsOf(columns)})`,
  matches(text, pattern, isShort) {
    const found = sql<SqlBool>`${sql.raw(sqliteMatches)}(${pattern.source}, ${text}) = 1`;
    const plain = isShort ? globOf(pattern) : undefined;
    if (!plain) return { where: found, exact: true };
    // most are told by what costs less than our function, which knows that a dot is no end of a line
    const told = plain.exact ? sql<SqlBool>`(${text} not glob ${notOneLine} or ${found})` : found;
    return { where: sql<SqlBool>`(${text} glob ${plain.glob} and ${told})`, exact: true };
  },
  appendOnly: (table, unless) => [
    sql.raw(
      `create trigger ${table}_keep_update before update on ${table} ${unless ? `when not (${unless}) ` : ''}` +
        `begin select raise(abort, '${table} is append-only'); end`,
    ),
    sql.raw(
      `create trigger ${table}_keep_delete before delete on ${table} ` +
        `begin select raise(abort, '${table} is append-only'); end`,
    ),
  ],
  // a transaction that writes holds the lock of the whole file
  lockMigrations: () => [],
};

/** What the triggers of append-only tables raise on PostgreSQL, beside the codes of its own. */
export const appendOnlyCode = 'WH001';

/** Patterns of letters, digits, dots, plain sets and their repeats, which PostgreSQL reads as JavaScript does. */
const plainPart = String.raw`\^?(?:(?:[\w /:-]|\\[./-]|\.|\[[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*\])[*+?]?)*\$?`;
const meanTheSame = new RegExp(`^${plainPart}(?:\\|${plainPart})*$`);
/** One that is not escaped; in JavaScript it does not match the end of a line. */
const dot = /(?<!\\)\./g;
/** Of a longer text only the start is searched, so that its end is another. Characters here may be two there. */
const halfSearched = maxSearchedText / 2;

/**
 * PostgreSQL compares text as UTF-8 bytes under the collation `C` alone; under any other, names that differ in case or
 * accents move, and manifests would not come back in the order of their digest.
 */
export const postgresSql: SqlDialect = {
  name: 'postgresql',
  types: { integer: sql`bigint`, float: sql`double precision`, text: sql`text collate "C"`, bytes: sql`bytea` },
  tableEnd: sql``,
  clusteredTableEnd: sql``,
  locksRows: true,
  keepsNul: false,
  placeholder: position => `$${position}`,
  list: values => values,
  among: (column, list) => sql<SqlBool>`${asColumn(column)} = any(${list})`,
  // it knows how many rows each index leads to
  unindexed: column => sql.ref(column),
  // or else it may turn round an `exists`, and read all that pass, whosever they are; `offset` keeps it from that
  rowsWhere: (table, isOwn) => sql`(select * from ${table} where ${isOwn} offset 0) as ${table} where true`,
  contains: (text, part) => sql<SqlBool>`strpos(${text}, ${part}) > 0`,
  elements: json => sql`json_array_elements(cast(${json} as json))`,
  // the driver would parse what is of type json; an array is gathered in less time
  gather: column => sql`cast(array_to_json(array_agg(${sql.ref(column)})) as text)`,
  object: columns => sql`cast(json_build_object(${fieldsOf(columns)}) as text)`,
  matches(text, pattern, isShort) {
    const { source } = pattern;
    if (!meanTheSame.test(source)) return undefined;
    const found = sql<SqlBool>`${text} ~ ${source.replace(dot, '[^\\n\\r\\u2028\\u2029]')}`;
    if (isShort) {
      // Most that do not match are told by what costs less than a regular expression. As two conditions they would make
      // the planner expect one row, and sort what it should walk along.
      const plain = globOf(pattern);
      const where = plain
        ? sql<SqlBool>`case when ${text} like ${likeOf(plain.glob)} then ${found} else false end`
        : found;
      return { where, exact: true };
    }
    return { where: sql<SqlBool>`(length(${text}) > ${halfSearched} or ${found})`, exact: false };
  },
  appendOnly: (table, unless) => [
    sql.raw(
      'create or replace function keep_history() returns trigger language plpgsql as $$ begin ' +
        `raise exception '% is append-only', tg_table_name using errcode = '${appendOnlyCode}'; end $$`,
    ),
    sql.raw(
      `create trigger ${table}_keep_update before update on ${table} for each row ` +
        `${unless ? `when (not (${unless})) ` : ''}execute function keep_history()`,
    ),
    sql.raw(
      `create trigger ${table}_keep_delete before delete on ${table} for each row execute function keep_history()`,
    ),
    sql.raw(
      `create trigger ${table}_keep_truncate before truncate on ${table} for each statement execute function keep_history()`,
    ),
  ],
  lockMigrations: () => [
    // another server may take its time over a big one
    sql`set local lock_timeout = 0`,
    advisoryLocks(['migrations']),
  ],
  holdNames: advisoryLocks,
  limitWaits: milliseconds => sql`set local lock_timeout = ${sql.lit(milliseconds)}`,
};

/** The same pattern in the words of `like`. Nothing in a glob of ours is escaped. */
function likeOf(glob: string): string {
  return glob
    .replace(/[_%\\]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

/** Locks on words instead of rows are known by a number of 64 bits; two words that share one merely wait for each other. */
function advisoryLocks(names: readonly string[]): RawBuilder<unknown> {
  const keys = names.map(words => String(createHash('sha256').update(`weighhouse ${words}`).digest().readBigInt64BE()));
  return sql`select pg_advisory_xact_lock(key) from unnest(${keys}::bigint[]) as key`;
}

function asColumn(column: string | RawBuilder<unknown>): RawBuilder<unknown> {
  return typeof column === 'string' ? sql.ref(column) : column;
}

function fieldsOf(columns: Readonly<Record<string, string>>): RawBuilder<unknown> {
  return sql.join(Object.entries(columns).flatMap(([key, column]) => [sql.lit(key), sql.ref(column)]));
}

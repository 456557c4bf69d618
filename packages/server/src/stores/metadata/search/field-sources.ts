import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '../../../domain/conditions.ts';
import type { SqlDialect } from '../dialect.ts';

/** One value of a field, in the forms in which the database has it; the forms that are missing it never takes. */
export interface SqlValue {
  /** a column of text, null where the value is none */
  text?: string;
  /** The text is a name or a word: of at most 128 characters. */
  isShort?: boolean;
  number?: NumberColumn;
  /** what a boolean is kept as */
  booleansAsText?: boolean;
}

export interface NumberColumn {
  column: string;
  /** whole numbers take no fraction as an operand on every database */
  whole: boolean;
  /** Milliseconds since 1970, given as the text of a time. */
  isTime?: boolean;
  /** The number that a word stands for where the field has words too, e.g. 3 for `v3`. */
  ofWord?: (word: string) => number | undefined;
}

/** Where the database has the values of a field. */
export interface FieldSource {
  value: SqlValue;
  /** The object has a value for which `holds` is true; absent where it has one, in a column of its own. */
  some?(holds: RawBuilder<SqlBool>, dialect: SqlDialect): RawBuilder<SqlBool>;
  /** Finds all objects that have a value for which `holds` is true, through an index, without looking at all of them. */
  lead?(holds: RawBuilder<SqlBool>): Lead;
  /** The same for all that have a value with `part` somewhere inside; each alone leads to them, and to others. */
  leadsToPart?(part: string): Lead[];
}

/** One way to come at the objects without looking at all of them. */
export interface Lead {
  /** the column of the searching query that the ids are of */
  column: string;
  ids: RawBuilder<{ id: number }>;
  /** the part of the condition that all of them meet, and nothing else does */
  meets?: Condition;
}

/** A field that has the same values in every object. */
export interface SameValues {
  same: readonly unknown[];
}

/** Undefined for a field that the database cannot look into. */
export type FieldSources = (field: string) => FieldSource | SameValues | undefined;

export function textColumn(column: string): FieldSource {
  return { value: { text: column } };
}

/** Names and the like, of at most 128 characters. */
export function shortTextColumn(column: string): FieldSource {
  return { value: { text: column, isShort: true } };
}

export function numberColumn(column: string, options: Pick<NumberColumn, 'isTime' | 'ofWord'> = {}): FieldSource {
  return { value: { number: { column, whole: true, ...options } } };
}

/** Values in a table of their own: a row belongs to the object whose `ofColumn` is its `owner`, and to the field where its `key` is that. */
export function rowsOf(rows: {
  table: string;
  owner: string;
  ofColumn: string;
  value: SqlValue;
  key?: { column: string; is: string };
}): FieldSource {
  const { value, key, ofColumn } = rows;
  const table = sql.table(rows.table);
  const owner = sql.ref(`${rows.table}.${rows.owner}`);
  return {
    value,
    some: (holds, dialect) => {
      const own = sql<SqlBool>`${owner} = ${sql.ref(ofColumn)}`;
      const ofKey = key && sql<SqlBool>`${dialect.unindexed(key.column)} = ${key.is}`;
      const rows = dialect.rowsWhere(table, ofKey ? sql<SqlBool>`${own} and ${ofKey}` : own);
      return sql<SqlBool>`exists (select 1 from ${rows} and ${holds})`;
    },
    lead: holds => ({
      column: ofColumn,
      ids: sql<{
        id: number;
      }>`select ${owner} as id from ${table} where ${key ? sql`${sql.ref(key.column)} = ${key.is} and ${holds}` : holds}`,
    }),
  };
}

/** For ids, which clients write as text as well. */
export function decimal(word: string): number | undefined {
  return /^(0|[1-9]\d{0,15})$/.test(word) ? Number(word) : undefined;
}

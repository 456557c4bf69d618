import type { InsertQueryBuilder, InsertResult } from 'kysely';
import { PreparedQuery } from './prepared-query.ts';
import type { Schema } from './schema.ts';

type Columns<T extends keyof Schema> = readonly (keyof Schema[T] & string)[];
type Insert<T extends keyof Schema> = InsertQueryBuilder<Schema, T, InsertResult>;

/**
 * Inserts one row, all of whose columns are named, by a statement that is made once.
 * @param ending what follows the values
 */
export function insertOne<T extends keyof Schema>(
  table: T,
  columns: Columns<T>,
  ending: (insert: Insert<T>) => Insert<T> = insert => insert,
): PreparedQuery<Schema[T], unknown> {
  return new PreparedQuery((db, value) => {
    const row = Object.fromEntries(columns.map(column => [column, value(column)]));
    return ending(db.insertInto(table).values(row as never) as unknown as Insert<T>);
  });
}

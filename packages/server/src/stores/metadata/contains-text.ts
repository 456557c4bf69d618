import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { searchable } from './searchable.ts';

/** `column`, which holds `searchable` text, has `part` somewhere inside, whatever its case; `%` and `_` mean themselves. */
export function containsText(column: string, part: string): RawBuilder<SqlBool> {
  const pattern = `%${searchable(part).replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`${sql.ref(column)} like ${pattern} escape '\\'`;
}

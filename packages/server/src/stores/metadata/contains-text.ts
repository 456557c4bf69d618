import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** `column`, which holds text in lower case, has `part` somewhere inside, whatever its case; `%` and `_` mean themselves. */
export function containsText(column: string, part: string): RawBuilder<SqlBool> {
  const pattern = `%${part.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`${sql.ref(column)} like ${pattern} escape '\\'`;
}

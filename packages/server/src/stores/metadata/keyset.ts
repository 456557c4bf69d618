import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Page, PageRequest, Position } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';

/** The columns that order a list, the last of them making the order total. All run in one direction. */
export interface Keyset {
  columns: readonly { ref: string; holds: 'number' | 'string' }[];
  descending?: boolean;
}

/**
 * Orders a query by the keyset and begins behind `page.after`: rows that come or go elsewhere never shift a page, and
 * deep pages cost what the first one does. Reads one row more than asked for, to know whether there is a next page.
 */
export function inKeyset<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  keyset: Keyset,
  page: PageRequest,
): SelectQueryBuilder<DB, TB, O> {
  const refs = keyset.columns.map(column => sql.ref(column.ref));
  let paged = query.limit(page.limit + 1);
  for (const ref of refs) paged = paged.orderBy(ref, keyset.descending ? 'desc' : 'asc');
  if (page.after) {
    const values = requirePosition(page.after, keyset).map(value => sql`${value}`);
    const comparison = sql.raw(keyset.descending ? '<' : '>');
    paged = paged.where(sql<SqlBool>`(${sql.join(refs)}) ${comparison} (${sql.join(values)})`);
  }
  return paged;
}

/** The answer of a query made by `inKeyset`. */
export function toPage<Row, T>(
  rows: readonly Row[],
  page: PageRequest,
  item: (row: Row) => T,
  position: (row: Row) => Position,
): Page<T> {
  const kept = rows.length > page.limit ? rows.slice(0, page.limit) : rows;
  const last = kept.at(-1);
  const items = kept.map(item);
  return rows.length > page.limit && last !== undefined ? { items, next: position(last) } : { items };
}

/** @throws RegistryError `INVALID_CURSOR` where the position is none of this order */
export function requirePosition(after: Position, keyset: Keyset): Position {
  const fits =
    after.length === keyset.columns.length &&
    keyset.columns.every((column, i) => {
      const value = after[i];
      return typeof value === column.holds && (typeof value !== 'number' || Number.isFinite(value));
    });
  if (!fits) {
    throw new RegistryError(
      'INVALID_CURSOR',
      'The cursor does not belong to this list; start again from its first page.',
    );
  }
  return after;
}

import type { Page, Position } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';

interface PageQuery {
  limit: number;
  cursor?: string;
}

/** Where to go on, for a store. @throws RegistryError `INVALID_CURSOR` for a cursor of another list */
export function pageRequest(list: string, { limit, cursor }: PageQuery): { limit: number; after?: Position } {
  return { limit, after: cursor === undefined ? undefined : decodeCursor(list, cursor) };
}

/** The envelope of a list. */
export function renderPage<T, R>(
  list: string,
  page: Page<T>,
  render: (item: T) => R,
): { items: R[]; nextCursor: string | null } {
  return { items: page.items.map(render), nextCursor: page.next ? encodeCursor(list, page.next) : null };
}

/** All there is, for lists that are short by their nature. */
export function wholePage<R>(items: R[]): { items: R[]; nextCursor: string | null } {
  return { items, nextCursor: null };
}

/** Opaque to clients: the list it belongs to and the position in its order. */
export function encodeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, ...position]), 'utf8').toString('base64url');
}

function decodeCursor(list: string, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) throw invalidCursor();
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalidCursor();
  }
  if (!Array.isArray(value) || value.length > 8 || value[0] !== list) throw invalidCursor();
  const position = value.slice(1);
  if (!position.every(isPositionValue)) throw invalidCursor();
  return position;
}

function isPositionValue(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

function invalidCursor(): RegistryError {
  return new RegistryError(
    'INVALID_CURSOR',
    'The cursor does not belong to this list; start again from its first page.',
  );
}

import type { Page, PageRequest, Position } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';

/** Largest page; the client asks for file addresses by 5,000. */
const maxPage = 5000;

export interface PageArguments {
  first?: number | null;
  after?: string | null;
}

export interface Connection<T> {
  edges: { node: T; cursor: string }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

/** @throws RegistryError `INVALID_CURSOR`, `INVALID_INPUT` */
export function pageRequest({ first, after }: PageArguments, usual = 50): PageRequest {
  const limit = first ?? usual;
  if (limit < 1) throw new RegistryError('INVALID_INPUT', `"first" must be at least 1, not ${limit}.`);
  return { limit: Math.min(limit, maxPage), after: after ? decodeCursor(after) : undefined };
}

export function connection<T, N>(page: Page<T>, node: (item: T) => N): Connection<N> {
  const end = page.next ? encodeCursor(page.next) : null;
  const last = page.items.length - 1;
  return {
    edges: page.items.map((item, i) => ({ node: node(item), cursor: i === last ? (end ?? '') : '' })),
    pageInfo: { endCursor: end, hasNextPage: page.next !== undefined },
  };
}

export const emptyConnection = { edges: [], pageInfo: { endCursor: null, hasNextPage: false }, totalCount: 0 } as const;

/** A page of a list that is whole in memory; the cursor is the place in it. */
export function slice<T>(items: readonly T[], { limit, after }: PageRequest): Page<T> {
  const from = after?.[0] ?? 0;
  if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 0 || (after && after.length !== 1))
    throw badCursor();
  const end = from + limit;
  return end < items.length ? { items: items.slice(from, end), next: [end] } : { items: items.slice(from) };
}

export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function decodeCursor(cursor: string): Position {
  if (cursor.length > 16_384) throw badCursor();
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw badCursor();
  }
  if (!isPosition(position)) throw badCursor();
  return position;
}

function isPosition(value: unknown): value is Position {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= 8;
  return isList && value.every(one => typeof one === 'string' || Number.isFinite(one));
}

function badCursor(): RegistryError {
  return new RegistryError(
    'INVALID_CURSOR',
    'The cursor does not belong to this list; start again from its first page.',
  );
}

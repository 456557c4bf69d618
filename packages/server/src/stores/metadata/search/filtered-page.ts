import type { Page, PageRequest, Position } from '../../../domain/pages.ts';

/** What is read at once where not all of it will pass. */
const batch = 500;

/** A page of the items that `keep` lets pass: reads on until it is full, unless what is read is `exact` already. */
export async function filteredPage<T>(
  page: PageRequest,
  exact: boolean,
  read: (page: PageRequest) => Promise<Page<T>>,
  keep: (items: T[]) => Promise<T[]>,
  position: (item: T) => Position,
): Promise<Page<T>> {
  if (exact) return await read(page);
  const kept: T[] = [];
  let { after } = page;
  do {
    const found = await read({ limit: Math.max(page.limit, batch), after });
    kept.push(...(await keep(found.items)));
    after = found.next;
  } while (after && kept.length <= page.limit);
  const items = kept.slice(0, page.limit);
  const last = items.at(-1);
  return kept.length > page.limit && last ? { items, next: position(last) } : { items };
}

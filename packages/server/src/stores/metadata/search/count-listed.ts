import type { Page, PageRequest } from '../../../domain/pages.ts';

/** How long a list is that the database cannot count, read in pages. */
export async function countListed(list: (page: PageRequest) => Promise<Page<unknown>>): Promise<number> {
  let count = 0;
  let page: Page<unknown> | undefined;
  do {
    page = await list({ limit: 1_000, after: page?.next });
    count += page.items.length;
  } while (page.next);
  return count;
}

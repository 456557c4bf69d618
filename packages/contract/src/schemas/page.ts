import { z } from 'zod';

/** What every list endpoint takes. */
export const pageQuery = {
  limit: z.int().min(1).max(1000).default(50).describe('How many items at most.'),
  cursor: z
    .string()
    .max(12_000)
    .optional()
    .describe('`nextCursor` of the page before. Without it, the list begins at its start.'),
};

/** The envelope of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
  });
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

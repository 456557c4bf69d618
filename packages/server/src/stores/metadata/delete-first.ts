import { sql } from 'kysely';
import type { Session } from './session.ts';

/** Rows that belong to one owner and have a path, which together are their primary key. */
export interface OwnedPaths {
  table: 'manifest_entries' | 'staged_files';
  owner: 'manifest_id' | 'version_id';
  id: number;
}

/**
 * Deletes at most so many rows, in the order of their paths: a range of the primary key, which no database can take for
 * anything else, whatever it thinks of the table's size.
 * @returns whether none is left
 */
export async function deleteFirst({ db }: Session, { table, owner, id }: OwnedPaths, limit: number): Promise<boolean> {
  const ofOwner = sql`from ${sql.table(table)} where ${sql.ref(owner)} = ${id}`;
  const beyond = sql<{ path: string }>`select path ${ofOwner} order by path limit 1 offset ${limit - 1}`;
  const [last] = (await beyond.execute(db)).rows;
  await (last ? sql`delete ${ofOwner} and path <= ${last.path}` : sql`delete ${ofOwner}`).execute(db);
  return last === undefined;
}

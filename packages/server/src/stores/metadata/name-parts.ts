import { sql } from 'kysely';
import { insertRows } from './bulk-rows.ts';
import type { Lead } from './search/field-sources.ts';
import { searchable } from './searchable.ts';
import type { Session } from './session.ts';

/** Signs of a part: names are found by three of theirs that follow each other. */
const length = 3;

/** What is kept of a name for finding it by a text inside, whatever its case. */
export function partsOf(name: string): Set<string> {
  const signs = Array.from(searchable(name));
  const parts = new Set<string>();
  for (let from = 0; from + length <= signs.length; from++) parts.add(signs.slice(from, from + length).join(''));
  return parts;
}

const table = { table: 'collection_name_parts', columns: ['part', 'collection_id'] } as const;

export async function addNameParts(session: Session, collectionId: number, name: string): Promise<void> {
  const rows = Array.from(partsOf(name), part => [part, collectionId]);
  await insertRows(session, table, rows);
}

export async function removeNameParts(session: Session, collectionId: number, name: string): Promise<void> {
  const { db, dialect } = session;
  await db
    .deleteFrom('collection_name_parts')
    .where(dialect.among('part', dialect.list([...partsOf(name)])))
    .where('collection_id', '=', collectionId)
    .execute();
}

/** Each leads to all collections whose name has the text inside, in any case; none for a text that is too short. */
export function leadsToNames(text: string): Lead[] {
  const parts = [...partsOf(text)].filter(part => !part.includes('\0'));
  return parts.map(part => ({
    column: 'c.id',
    ids: sql<{ id: number }>`select collection_id as id from collection_name_parts where part = ${part}`,
  }));
}

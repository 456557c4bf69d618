import { sql } from 'kysely';
import { PreparedQuery } from './prepared-query.ts';
import type { Session } from './session.ts';

/**
 * What a transaction decides about, it holds from its first look until its end: two transactions that decide about the
 * same thing then run one after the other, and all others beside each other. Each statement sees what was committed
 * before it, so that what is read behind a hold is what the one before left. Readers outside of transactions wait for
 * nobody. On a database with one writer all of this is given and costs nothing.
 */

const heldCollection = new PreparedQuery<{ id: number }, unknown>((db, value) =>
  db.selectFrom('collections').select(sql`1`.as('held')).where('id', '=', value('id')).forNoKeyUpdate(),
);

/** A collection with its places and aliases. */
export async function holdCollection(session: Session, id: number): Promise<void> {
  if (!session.locksRows || holdsCollection(session, id)) return;
  noteCollection(session, id);
  // not the lock of an update of the key, for which everything that refers to the collection would wait as well
  await heldCollection.send(session, { id });
}

/** To be called after the collection's row was read under its lock. */
export function noteCollection(session: Session, id: number): void {
  if (session.locksRows) session.held.add(`collection ${id}`);
}

export function holdsCollection(session: Session, id: number): boolean {
  return session.held.has(`collection ${id}`);
}

/** A thing that may have no row yet: the first of two that look for it makes it, and the second finds it. */
export async function holdName(session: Session, words: string): Promise<void> {
  await holdNames(session, [words]);
}

/** Several, in an order in which no two transactions wait for each other if each holds all it needs at once. */
export async function holdNames(session: Session, names: readonly string[]): Promise<void> {
  if (!session.locksRows) return;
  const wanted = [...new Set(names)].filter(words => !session.held.has(words)).sort();
  const statement = wanted.length > 0 ? session.dialect.holdNames?.(wanted) : undefined;
  if (!statement) return;
  for (const words of wanted) session.held.add(words);
  await statement.execute(session.db);
}

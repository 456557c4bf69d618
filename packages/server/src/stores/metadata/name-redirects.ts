import type { NamedKind } from './schema.ts';
import type { Session } from './session.ts';
import { alreadyExists } from './storage-errors.ts';

const tables: Record<NamedKind, string> = { entity: 'entities', project: 'projects', collection: 'collections' };

/** Entities share one namespace, so the parent of them all is 0. */
export const rootParent = 0;

export interface NamePlace {
  kind: NamedKind;
  parentId: number;
  name: string;
}

/**
 * To be called after a row has taken a name: refuses it where it is the old name of something else, and ends the
 * redirect where the thing returns to a name of its own. After, not before: the row's unique index has by then waited
 * for a rename that was under way, and what that one wrote is visible.
 */
export async function claimName(session: Session, place: NamePlace, id: number): Promise<void> {
  const target = await findRedirect(session, place);
  if (target === undefined) return;
  if (target !== id) session.fail(alreadyExists(tables[place.kind]));
  await session.db
    .deleteFrom('redirects')
    .where('kind', '=', place.kind)
    .where('parent_id', '=', place.parentId)
    .where('name', '=', place.name)
    .execute();
}

/** Keeps the name a thing gave up: it leads there from now on, and nothing else may take it. */
export async function leaveName(session: Session, place: NamePlace, id: number): Promise<void> {
  await session.db
    .insertInto('redirects')
    .values({ kind: place.kind, parent_id: place.parentId, name: place.name, target_id: id })
    .execute();
}

/** What bore the name before it was renamed. */
export async function findRedirect(session: Session, place: NamePlace): Promise<number | undefined> {
  const row = await session.db
    .selectFrom('redirects')
    .select('target_id')
    .where('kind', '=', place.kind)
    .where('parent_id', '=', place.parentId)
    .where('name', '=', place.name)
    .executeTakeFirst();
  return row?.target_id;
}

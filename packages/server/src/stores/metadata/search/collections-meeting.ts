import type { Collection } from '../../../domain/collections.ts';
import { type Condition, meets } from '../../../domain/conditions.ts';
import type { Session } from '../session.ts';
import { listTags } from '../tag-tables.ts';
import { collectionValues } from './collection-fields.ts';

/** Those of the collections that meet a condition. */
export async function collectionsMeeting(
  session: Session,
  collections: Collection[],
  condition: Condition | undefined,
): Promise<Collection[]> {
  if (!condition || collections.length === 0) return collections;
  const ids = [...new Set(collections.map(({ id }) => id))];
  const tags = Map.groupBy(await listTags(session, ids), ({ collectionId }) => collectionId);
  return collections.filter(collection => {
    const own = (tags.get(collection.id) ?? []).map(({ tag }) => tag);
    return meets(condition, collectionValues(collection, own));
  });
}

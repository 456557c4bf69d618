import { insertRows } from './bulk-rows.ts';
import { noteCollection } from './holds.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Session } from './session.ts';

const tagsOfCollections = new PreparedQuery<{ ids: unknown }, { collectionId: number; tag: string }>(
  (db, value, dialect) =>
    db
      .selectFrom('collection_tags')
      .select(['collection_id as collectionId', 'tag'])
      .where(dialect.among('collection_id', value('ids')))
      .orderBy('collection_id')
      .orderBy('tag'),
);

const tagsOfVersions = new PreparedQuery<{ ids: unknown }, VersionTag>((db, value, dialect) =>
  db
    .selectFrom('version_tags')
    .select(['version_id as versionId', 'tag'])
    .where(dialect.among('version_id', value('ids')))
    .orderBy('version_id')
    .orderBy('tag'),
);

export async function listTags(session: Session, collectionIds: number[]) {
  return await tagsOfCollections.all(session, { ids: session.dialect.list(collectionIds) });
}

export async function listVersionTags(session: Session, versionIds: number[]) {
  return await tagsOfVersions.all(session, { ids: session.dialect.list(versionIds) });
}

/** Answers with whether there is such a collection. */
export async function addTags(session: Session, collectionId: number, tags: readonly string[]): Promise<boolean> {
  const { db, dialect } = session;
  const home = await db
    .selectFrom('collections')
    .select(['id as collection_id', 'project_id', 'kind', 'type', 'name', 'created_at'])
    .where('id', '=', collectionId)
    .where('deleted_at', 'is', null)
    // a new name given meanwhile would not reach the tag
    .$if(dialect.locksRows, query => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (!home) return false;
  noteCollection(session, collectionId);
  await db
    .insertInto('collection_tags')
    .values([...new Set(tags)].map(tag => ({ ...home, tag })))
    .onConflict(conflict => conflict.columns(['collection_id', 'tag']).doNothing())
    .execute();
  return true;
}

/** What stands beside the tags of a collection follows it. */
export async function updateTagged(
  { db }: Session,
  collectionId: number,
  now: { name: string; type: string },
): Promise<void> {
  await db.updateTable('collection_tags').set(now).where('collection_id', '=', collectionId).execute();
}

export async function removeTags({ db, dialect }: Session, collectionId: number, tags: string[]): Promise<void> {
  await db
    .deleteFrom('collection_tags')
    .where('collection_id', '=', collectionId)
    .where(dialect.among('tag', dialect.list(tags)))
    .execute();
}

export interface VersionTag {
  versionId: number;
  tag: string;
}

/** Those that are there stay. */
export async function addVersionTags(session: Session, tags: readonly VersionTag[]): Promise<void> {
  await insertRows(
    session,
    { table: 'version_tags', columns: ['version_id', 'tag'], ending: 'on conflict ("version_id", "tag") do nothing' },
    tags.map(({ versionId, tag }) => [versionId, tag]),
  );
}

export async function removeVersionTags({ db, dialect }: Session, versionId: number, tags: string[]): Promise<void> {
  await db
    .deleteFrom('version_tags')
    .where('version_id', '=', versionId)
    .where(dialect.among('tag', dialect.list(tags)))
    .execute();
}

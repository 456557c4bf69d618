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

const tagsOfVersions = new PreparedQuery<{ ids: unknown }, { versionId: number; tag: string }>((db, value, dialect) =>
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

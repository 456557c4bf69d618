import type { Membership } from '../../domain/collections.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { type BulkRows, insertRows } from './bulk-rows.ts';
import { type MembershipRow, membershipColumns, toMembership } from './collection-rows.ts';
import { holdCollection, holdsCollection, noteCollection } from './holds.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';

const byNumber: Keyset = { columns: [{ ref: 'm.number', holds: 'number' }] };

export function selectMemberships(db: Database) {
  return db.selectFrom('memberships as m').select(membershipColumns).where('m.deleted_at', 'is', null);
}

const membershipById = new PreparedQuery<{ id: number }, MembershipRow>((db, value) =>
  selectMemberships(db).where('m.id', '=', value('id')),
);

const membershipOfVersion = new PreparedQuery<{ collectionId: number; versionId: number }, MembershipRow>((db, value) =>
  selectMemberships(db)
    .where('m.collection_id', '=', value('collectionId'))
    .where('m.version_id', '=', value('versionId')),
);

const newMemberships: BulkRows<'memberships'> = {
  table: 'memberships',
  columns: ['id', 'collection_id', 'version_id', 'number', 'created_by', 'created_at', 'deleted_at'],
};

/** In a transaction its collection is held before the answer is sure. */
export async function findMembership(session: Session, id: number): Promise<Membership | undefined> {
  const find = () => membershipById.first(session, { id });
  const row = await find();
  if (!row || !session.locksRows || holdsCollection(session, row.collection_id)) return row && toMembership(row);
  await holdCollection(session, row.collection_id);
  const held = await find();
  return held && toMembership(held);
}

export async function findMembershipIn(
  session: Session,
  collectionId: number,
  id: number,
): Promise<Membership | undefined> {
  const row = await membershipById.first(session, { id });
  return row?.collection_id === collectionId ? toMembership(row) : undefined;
}

export async function findMembershipOfVersion(
  session: Session,
  collectionId: number,
  versionId: number,
): Promise<Membership | undefined> {
  const row = await membershipOfVersion.first(session, { collectionId, versionId });
  return row && toMembership(row);
}

/** In a transaction their collections are held by the same statement. */
export async function listMembershipsOfVersions(session: Session, versionIds: number[]): Promise<Membership[]> {
  const { db, dialect } = session;
  const rows = await selectMemberships(db)
    .innerJoin('collections as c', 'c.id', 'm.collection_id')
    .where(dialect.among('m.version_id', dialect.list(versionIds)))
    .where('c.deleted_at', 'is', null)
    // of both tables: the places as they are once the collections are held
    .$if(session.locksRows, query => query.forNoKeyUpdate())
    // `artifact` comes before `registered_model`
    .orderBy('c.kind')
    .orderBy('m.created_at')
    .orderBy('m.id')
    .execute();
  for (const row of rows) noteCollection(session, row.collection_id);
  return rows.map(toMembership);
}

export async function listMemberships(
  session: Session,
  collectionId: number,
  page: PageRequest,
  order: 'number' | '-number',
): Promise<Page<Membership>> {
  const keyset = { ...byNumber, descending: order === '-number' };
  const memberships = selectMemberships(session.db).where('m.collection_id', '=', collectionId);
  const rows = await inKeyset(memberships, keyset, page).execute();
  return toPage(rows, page, toMembership, row => [row.number]);
}

export async function findNewestMembership(session: Session, collectionId: number): Promise<Membership | undefined> {
  const row = await selectMemberships(session.db)
    .where('m.collection_id', '=', collectionId)
    .orderBy('m.number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toMembership(row);
}

export async function insertMemberships(session: Session, memberships: readonly Membership[]): Promise<void> {
  const rows = memberships.map(({ id, collectionId, versionId, number, createdBy, createdAt }) => [
    ...[id, collectionId, versionId, number, createdBy, createdAt, null],
  ]);
  await insertRows(session, newMemberships, rows);
}

export async function deleteMembership({ db }: Session, id: number, at: number): Promise<void> {
  const row = await db
    .updateTable('memberships')
    .set({ deleted_at: at })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returning('collection_id')
    .executeTakeFirst();
  if (!row) return;
  await db
    .updateTable('collections')
    .set(eb => ({ place_count: eb('place_count', '-', 1) }))
    .where('id', '=', row.collection_id)
    .execute();
}

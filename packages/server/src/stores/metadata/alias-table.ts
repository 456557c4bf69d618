import type { Alias, AliasMove } from '../../domain/collections.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { type BulkRows, insertRows, overwritten } from './bulk-rows.ts';
import { toAlias, toAliasMove } from './collection-rows.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { AliasesTable, Database } from './schema.ts';
import type { Session } from './session.ts';

const byAlias: Keyset = { columns: [{ ref: 'alias', holds: 'string' }] };
const newestMoves: Keyset = {
  columns: [
    { ref: 'a.at', holds: 'number' },
    { ref: 'a.id', holds: 'number' },
  ],
  descending: true,
};

const aliasByName = new PreparedQuery<{ collectionId: number; alias: string }, AliasesTable>((db, value) =>
  db
    .selectFrom('aliases')
    .selectAll()
    .where('collection_id', '=', value('collectionId'))
    .where('alias', '=', value('alias')),
);

export async function findAlias(session: Session, collectionId: number, alias: string): Promise<Alias | undefined> {
  const row = await aliasByName.first(session, { collectionId, alias });
  return row && toAlias(row);
}

export async function listAliases(session: Session, collectionId: number, page: PageRequest): Promise<Page<Alias>> {
  const aliases = session.db.selectFrom('aliases').selectAll().where('collection_id', '=', collectionId);
  const rows = await inKeyset(aliases, byAlias, page).execute();
  return toPage(rows, page, toAlias, row => [row.alias]);
}

const aliasesOfMemberships = new PreparedQuery<{ ids: unknown }, AliasesTable>((db, value, dialect) =>
  db
    .selectFrom('aliases')
    .selectAll()
    .where(dialect.among('membership_id', value('ids')))
    .orderBy('alias'),
);

export async function listAliasesOfMemberships(session: Session, membershipIds: number[]): Promise<Alias[]> {
  const rows = await aliasesOfMemberships.all(session, { ids: session.dialect.list(membershipIds) });
  return rows.map(toAlias);
}

interface FormerPlace {
  from_number: number | null;
  from_version_id: number | null;
}

export type AliasWithPlaceRow = AliasesTable & FormerPlace;

export interface AliasWithPlace {
  alias: Alias;
  /** undefined where it was taken away */
  place: { versionId: number; number: number } | undefined;
}

export function selectAliasesWithPlaces(db: Database) {
  return db
    .selectFrom('aliases as a')
    .leftJoin('memberships as m', join => join.onRef('m.id', '=', 'a.membership_id').on('m.deleted_at', 'is', null))
    .selectAll('a')
    .select(['m.number as from_number', 'm.version_id as from_version_id']);
}

const aliasWithPlace = new PreparedQuery<{ collectionId: number; alias: string }, AliasWithPlaceRow>((db, value) =>
  selectAliasesWithPlaces(db)
    .where('a.collection_id', '=', value('collectionId'))
    .where('a.alias', '=', value('alias')),
);

export function toAliasWithPlace(row: AliasWithPlaceRow): AliasWithPlace {
  const { from_version_id: versionId, from_number: number } = row;
  return { alias: toAlias(row), place: versionId === null || number === null ? undefined : { versionId, number } };
}

export async function findAliasWithPlace(
  session: Session,
  collectionId: number,
  name: string,
): Promise<AliasWithPlace | undefined> {
  const row = await aliasWithPlace.first(session, { collectionId, alias: name });
  return row && toAliasWithPlace(row);
}

const aliasColumns = [
  ...(['id', 'collection_id', 'alias', 'membership_id', 'version_id', 'revision', 'updated_at'] as const),
];
const newAliases: BulkRows<'aliases'> = {
  table: 'aliases',
  columns: aliasColumns,
  ending: `on conflict ("collection_id", "alias") do update set ${overwritten(aliasColumns.slice(3))}`,
};

/** Sets aliases, each of which stands there once. */
export async function putAliases(session: Session, aliases: readonly Alias[]): Promise<void> {
  const rows = aliases.map(({ id, collectionId, alias, membershipId, versionId, revision, updatedAt }) => [
    ...[id, collectionId, alias, membershipId, versionId, revision, updatedAt],
  ]);
  await insertRows(session, newAliases, rows);
}

export async function deleteAlias(session: Session, collectionId: number, alias: string): Promise<void> {
  await session.db.deleteFrom('aliases').where('collection_id', '=', collectionId).where('alias', '=', alias).execute();
}

export async function listAliasMoves(
  session: Session,
  collectionId: number,
  page: PageRequest,
  alias?: string,
): Promise<Page<AliasMove>> {
  await session.appended.flush(session);
  const moves = session.db
    .selectFrom('alias_moves as a')
    .leftJoin('entities as e', 'e.id', 'a.user_id')
    .selectAll('a')
    .select('e.name as username')
    .where('a.collection_id', '=', collectionId)
    .$if(alias !== undefined, query => query.where('a.alias', '=', alias ?? ''));
  const rows = await inKeyset(moves, newestMoves, page).execute();
  return toPage(rows, page, toAliasMove, row => [row.at, row.id]);
}

const lastRevision = new PreparedQuery<{ collectionId: number; alias: string }, { revision: number }>((db, value) =>
  db
    .selectFrom('alias_moves')
    .select('revision')
    .where('collection_id', '=', value('collectionId'))
    .where('alias', '=', value('alias'))
    .orderBy('revision', 'desc')
    .limit(1),
);

export async function findLastRevision(session: Session, collectionId: number, alias: string): Promise<number> {
  await session.appended.flush(session);
  const row = await lastRevision.first(session, { collectionId, alias });
  return row?.revision ?? 0;
}

export function insertAliasMove(session: Session, move: Omit<AliasMove, 'username'>): void {
  session.appended.add('alias_moves', {
    id: move.id,
    collection_id: move.collectionId,
    alias: move.alias,
    from_version_id: move.fromVersionId,
    from_number: move.fromNumber,
    to_version_id: move.toVersionId,
    to_number: move.toNumber,
    revision: move.revision,
    user_id: move.userId,
    key_id: move.keyId,
    request_id: move.requestId,
    reason: move.reason,
    at: move.at,
  });
}

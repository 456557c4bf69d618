import type { Alias, AliasMove, Collection, CollectionKind, Membership } from '../../domain/collections.ts';
import type { AliasesTable, AliasMovesTable, CollectionsTable, MembershipsTable } from './schema.ts';

export const collectionColumns = [
  'c.id',
  'c.project_id',
  'c.kind',
  'c.name',
  'c.type',
  'c.description',
  'c.created_by',
  'c.created_at',
  'c.updated_at',
] as const;
export type CollectionRow = Omit<CollectionsTable, 'search_name' | 'next_number' | 'place_count' | 'deleted_at'>;

export function toCollection(row: CollectionRow): Collection {
  return {
    id: row.id,
    projectId: row.project_id,
    kind: row.kind as CollectionKind,
    name: row.name,
    type: row.type,
    description: row.description,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export const membershipColumns = [
  'm.id',
  'm.collection_id',
  'm.version_id',
  'm.number',
  'm.created_by',
  'm.created_at',
] as const;
export type MembershipRow = Omit<MembershipsTable, 'deleted_at'>;

export function toMembership(row: MembershipRow): Membership {
  return {
    id: row.id,
    collectionId: row.collection_id,
    versionId: row.version_id,
    number: row.number,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

export function toAlias(row: AliasesTable): Alias {
  return {
    id: row.id,
    collectionId: row.collection_id,
    alias: row.alias,
    membershipId: row.membership_id,
    versionId: row.version_id,
    revision: row.revision,
    updatedAt: row.updated_at,
  };
}

export function toAliasMove(row: AliasMovesTable & { username: string | null }): AliasMove {
  return {
    id: row.id,
    collectionId: row.collection_id,
    alias: row.alias,
    fromVersionId: row.from_version_id,
    fromNumber: row.from_number,
    toVersionId: row.to_version_id,
    toNumber: row.to_number,
    revision: row.revision,
    userId: row.user_id,
    username: row.username,
    keyId: row.key_id,
    requestId: row.request_id,
    reason: row.reason,
    at: row.at,
  };
}

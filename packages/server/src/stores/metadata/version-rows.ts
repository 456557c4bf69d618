import type { ManifestEntry, ManifestKind, ManifestSummary } from '../../domain/manifests.ts';
import type { Version, VersionState } from '../../domain/versions.ts';
import type { EntryBlob, ManifestDraft } from '../../ports/metadata/versions.ts';
import type { ManifestDraftsTable, ManifestEntriesTable, ManifestsTable, VersionsTable } from './schema.ts';

/** All columns. */
export const versionKeys = [
  ...(['id', 'collection_id', 'project_id', 'state', 'number', 'digest', 'manifest_id', 'size', 'file_count'] as const),
  ...(['description', 'metadata', 'ttl_seconds', 'history_step', 'client_id', 'distributed_id'] as const),
  ...(['requested_aliases_json', 'requested_tags_json', 'base_version_id', 'merged_into'] as const),
  ...(['created_by', 'created_by_run', 'created_at', 'updated_at', 'committed_at'] as const),
] as const satisfies (keyof VersionsTable)[];

export function toVersion(row: VersionsTable): Version {
  return {
    id: row.id,
    collectionId: row.collection_id,
    projectId: row.project_id,
    state: row.state as VersionState,
    number: row.number,
    digest: row.digest,
    manifestId: row.manifest_id,
    size: row.size,
    fileCount: row.file_count,
    description: row.description,
    metadata: row.metadata,
    ttlSeconds: row.ttl_seconds,
    historyStep: row.history_step,
    clientId: row.client_id,
    distributedId: row.distributed_id,
    requestedAliases: JSON.parse(row.requested_aliases_json) as string[],
    requestedTags: JSON.parse(row.requested_tags_json) as string[],
    baseVersionId: row.base_version_id,
    mergedInto: row.merged_into,
    createdBy: row.created_by,
    createdByRun: row.created_by_run,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    committedAt: row.committed_at,
  };
}

export function versionColumns(version: Version): VersionsTable;
export function versionColumns(changes: Partial<Version>): Partial<VersionsTable>;
/** What is undefined is not set. */
export function versionColumns(version: Partial<Version>): Partial<VersionsTable> {
  return {
    id: version.id,
    collection_id: version.collectionId,
    project_id: version.projectId,
    state: version.state,
    number: version.number,
    digest: version.digest,
    manifest_id: version.manifestId,
    size: version.size,
    file_count: version.fileCount,
    description: version.description,
    metadata: version.metadata,
    ttl_seconds: version.ttlSeconds,
    history_step: version.historyStep,
    client_id: version.clientId,
    distributed_id: version.distributedId,
    requested_aliases_json: version.requestedAliases && JSON.stringify(version.requestedAliases),
    requested_tags_json: version.requestedTags && JSON.stringify(version.requestedTags),
    base_version_id: version.baseVersionId,
    merged_into: version.mergedInto,
    created_by: version.createdBy,
    created_by_run: version.createdByRun,
    created_at: version.createdAt,
    updated_at: version.updatedAt,
    committed_at: version.committedAt,
  };
}

/** Of a sealed manifest: until then it has no digest, and nobody reads it as one. */
export function toManifest(row: ManifestsTable): ManifestSummary {
  return {
    id: row.id,
    digest: row.digest ?? '',
    identity: row.identity ?? '',
    size: row.size,
    fileCount: row.file_count,
  };
}

function toManifestEntry(row: Omit<ManifestEntriesTable, 'manifest_id'>): ManifestEntry {
  return {
    path: row.path,
    digest: row.digest,
    size: row.size,
    blobId: row.blob_id,
    ref: row.ref,
    extra: row.extra,
    birthVersionId: row.birth_version_id,
  };
}

export interface EntryBlobRow extends Omit<ManifestEntriesTable, 'manifest_id'> {
  physical_key: string | null;
  sha256: string | null;
}

export function toEntryBlob(row: EntryBlobRow): EntryBlob {
  return { ...toManifestEntry(row), physicalKey: row.physical_key, sha256: row.sha256 };
}

export function toDraft(row: ManifestDraftsTable): ManifestDraft {
  return {
    id: row.id,
    versionId: row.version_id,
    kind: row.kind as ManifestKind,
    name: row.name,
    fileDigest: row.file_digest,
    baseVersionId: row.base_version_id,
    manifestId: row.manifest_id,
    createdAt: row.created_at,
  };
}

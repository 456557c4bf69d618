import type { Blob, Upload, UploadPurpose } from '../../ports/metadata/blobs.ts';
import type { BlobsTable, UploadsTable } from './schema.ts';

export function toBlob(row: BlobsTable): Blob {
  return {
    id: row.id,
    physicalKey: row.physical_key,
    size: row.size,
    md5: row.md5,
    sha256: row.sha256,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

/** in the order of `blobValues`; nothing is merged when it comes */
export const blobColumns = ['id', 'physical_key', 'size', 'md5', 'sha256', 'created_by', 'created_at'] as const;

export function blobValues(blob: Blob): unknown[] {
  return [blob.id, blob.physicalKey, blob.size, blob.md5, blob.sha256, blob.createdBy, blob.createdAt];
}

export function toUpload(row: UploadsTable): Upload {
  return {
    id: row.id,
    purpose: row.purpose as UploadPurpose,
    userId: row.user_id,
    projectId: row.project_id,
    versionId: row.version_id,
    draftId: row.draft_id,
    runId: row.run_id,
    path: row.path,
    expectedSize: row.expected_size,
    expectedMd5: row.expected_md5,
    expectedSha256: row.expected_sha256,
    partCount: row.part_count,
    partMd5s: row.part_md5s_json === null ? null : (JSON.parse(row.part_md5s_json) as string[]),
    uploadKey: row.upload_key,
    state: row.state as Upload['state'],
    blobId: row.blob_id,
    createdAt: row.created_at,
    touchedAt: row.touched_at,
  };
}

/** in the order of `uploadValues` */
export const uploadColumns = [
  'id',
  'purpose',
  'user_id',
  'project_id',
  'version_id',
  'draft_id',
  'run_id',
  'path',
  'expected_size',
  'expected_md5',
  'expected_sha256',
  'part_count',
  'part_md5s_json',
  'upload_key',
  'state',
  'blob_id',
  'created_at',
  'touched_at',
] as const;

export function uploadValues(upload: Upload): unknown[] {
  return [
    upload.id,
    upload.purpose,
    upload.userId,
    upload.projectId,
    upload.versionId,
    upload.draftId,
    upload.runId,
    upload.path,
    upload.expectedSize,
    upload.expectedMd5,
    upload.expectedSha256,
    upload.partCount,
    upload.partMd5s && JSON.stringify(upload.partMd5s),
    upload.uploadKey,
    upload.state,
    upload.blobId,
    upload.createdAt,
    upload.touchedAt,
  ];
}

import type { SchemaWriter } from '../schema-writer.ts';

/** Bytes, and what files they are. */
export async function createByteTables(schema: SchemaWriter): Promise<void> {
  await schema.table('blobs', {
    id: 'id',
    physical_key: 'text',
    size: 'integer',
    md5: 'text',
    sha256: 'text?',
    /** what it turned out to be the same as, once it was hashed */
    merged_into: 'integer? -> blobs',
    created_by: 'integer?',
    created_at: 'integer',
  });
  await schema.unique('blobs_physical_key', 'blobs', ['physical_key']);
  await schema.index('blobs_by_md5', 'blobs', ['md5']);
  await schema.index('blobs_by_sha256', 'blobs', ['sha256', 'id'], 'sha256 is not null');
  await schema.index('blobs_unhashed', 'blobs', ['id'], 'sha256 is null and merged_into is null');
  await schema.table('manifests', {
    id: 'id',
    digest: 'text?',
    identity: 'text?',
    size: 'integer',
    file_count: 'integer',
    created_at: 'integer',
    sealed_at: 'integer?',
  });
  await schema.index('manifests_sealed', 'manifests', ['identity', 'digest', 'id'], 'sealed_at is not null');
  await schema.table(
    'manifest_entries',
    {
      // every writer holds the manifest's row; a reference would look it up again for each of a million rows
      manifest_id: 'integer',
      path: 'text',
      digest: 'text',
      size: 'integer',
      blob_id: 'integer? -> blobs',
      ref: 'text?',
      extra: 'text?',
      birth_version_id: 'integer?',
    },
    { primaryKey: ['manifest_id', 'path'], clustered: true },
  );
  await schema.index('manifest_entries_by_blob', 'manifest_entries', ['blob_id', 'manifest_id'], 'blob_id is not null');
  await schema.table('manifest_drafts', {
    id: 'id',
    version_id: 'integer -> versions',
    kind: 'text',
    name: 'text',
    file_digest: 'text?',
    base_version_id: 'integer?',
    manifest_id: 'integer?',
    created_at: 'integer',
  });
  await schema.index('manifest_drafts_by_version', 'manifest_drafts', ['version_id', 'id']);
  await schema.table(
    'staged_files',
    {
      version_id: 'integer -> versions',
      path: 'text',
      blob_id: 'integer -> blobs',
    },
    { primaryKey: ['version_id', 'path'], clustered: true },
  );
  await schema.index('staged_files_by_blob', 'staged_files', ['blob_id']);
  await schema.table('uploads', {
    id: 'id',
    purpose: 'text',
    user_id: 'integer',
    project_id: 'integer',
    version_id: 'integer?',
    draft_id: 'integer?',
    run_id: 'integer?',
    path: 'text?',
    expected_size: 'integer?',
    expected_md5: 'text?',
    expected_sha256: 'text?',
    part_count: 'integer?',
    part_md5s_json: 'text?',
    upload_key: 'text?',
    state: 'text',
    blob_id: 'integer? -> blobs',
    created_at: 'integer',
    touched_at: 'integer',
  });
  await schema.index('uploads_open', 'uploads', ['version_id', 'path'], "state = 'open' and version_id is not null");
  await schema.index('uploads_idle', 'uploads', ['touched_at', 'id'], "state = 'open'");
  await schema.index('uploads_by_blob', 'uploads', ['blob_id', 'user_id'], 'blob_id is not null');
}

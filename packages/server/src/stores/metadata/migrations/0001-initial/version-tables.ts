import type { SchemaWriter } from '../schema-writer.ts';

/** Versions, and what they are found by. */
export async function createVersionTables(schema: SchemaWriter): Promise<void> {
  await schema.table('versions', {
    id: 'id',
    collection_id: 'integer -> collections',
    project_id: 'integer -> projects',
    state: 'text',
    number: 'integer?',
    digest: 'text?',
    manifest_id: 'integer?',
    size: 'integer',
    file_count: 'integer',
    description: 'text?',
    metadata: 'text?',
    ttl_seconds: 'integer?',
    history_step: 'integer?',
    client_id: 'text?',
    distributed_id: 'text?',
    requested_aliases_json: 'text',
    requested_tags_json: 'text',
    base_version_id: 'integer?',
    merged_into: 'integer?',
    created_by: 'integer?',
    created_by_run: 'integer?',
    created_at: 'integer',
    updated_at: 'integer',
    committed_at: 'integer?',
  });
  await schema.unique('versions_contents', 'versions', ['collection_id', 'digest'], "state = 'committed'");
  await schema.index(
    'versions_distributed',
    'versions',
    ['collection_id', 'distributed_id'],
    "state = 'pending' and distributed_id is not null",
  );
  await schema.index('versions_pending', 'versions', ['updated_at', 'id'], "state = 'pending'");
  await schema.index('versions_time_to_live', 'versions', ['id'], "state = 'committed' and ttl_seconds is not null");
  await schema.index('versions_by_manifest', 'versions', ['manifest_id', 'id'], 'manifest_id is not null');
  await schema.table(
    'version_tags',
    {
      version_id: 'integer -> versions',
      tag: 'text',
    },
    { primaryKey: ['version_id', 'tag'], clustered: true },
  );
  await schema.index('version_tags_by_tag', 'version_tags', ['tag', 'version_id']);
  await schema.table(
    'version_metadata',
    {
      version_id: 'integer -> versions',
      key: 'text',
      /** of a value among those of its version */
      position: 'integer',
      number: 'float?',
      text: 'text?',
    },
    { primaryKey: ['version_id', 'key', 'position'], clustered: true },
  );
  await schema.index('version_metadata_by_text', 'version_metadata', ['key', 'text', 'version_id'], 'text is not null');
  await schema.index(
    'version_metadata_by_number',
    'version_metadata',
    ['key', 'number', 'version_id'],
    'number is not null',
  );
  await schema.table(
    'client_ids',
    {
      client_id: 'key',
      kind: 'text',
      target_id: 'integer',
    },
    { clustered: true },
  );
}

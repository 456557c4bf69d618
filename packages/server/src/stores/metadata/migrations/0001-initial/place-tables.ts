import type { SchemaWriter } from '../schema-writer.ts';

/** The places of versions in collections, and the names that point at them. */
export async function createPlaceTables(schema: SchemaWriter): Promise<void> {
  await schema.table('memberships', {
    id: 'id',
    collection_id: 'integer -> collections',
    version_id: 'integer -> versions',
    number: 'integer',
    created_by: 'integer?',
    created_at: 'integer',
    deleted_at: 'integer?',
  });
  await schema.unique('memberships_number', 'memberships', ['collection_id', 'number']);
  await schema.unique('memberships_version', 'memberships', ['collection_id', 'version_id'], 'deleted_at is null');
  await schema.index('memberships_by_version', 'memberships', ['version_id'], 'deleted_at is null');
  await schema.table(
    'aliases',
    {
      id: 'integer',
      collection_id: 'integer -> collections',
      alias: 'text',
      membership_id: 'integer -> memberships',
      version_id: 'integer -> versions',
      revision: 'integer',
      updated_at: 'integer',
    },
    { primaryKey: ['collection_id', 'alias'], clustered: true },
  );
  await schema.index('aliases_by_membership', 'aliases', ['membership_id']);
  await schema.index('aliases_by_name', 'aliases', ['alias', 'membership_id']);
  await schema.table('alias_moves', {
    id: 'id',
    collection_id: 'integer -> collections',
    alias: 'text',
    from_version_id: 'integer?',
    from_number: 'integer?',
    to_version_id: 'integer?',
    to_number: 'integer?',
    revision: 'integer',
    user_id: 'integer?',
    key_id: 'integer?',
    request_id: 'text?',
    reason: 'text?',
    at: 'integer',
  });
  await schema.unique('alias_moves_revision', 'alias_moves', ['collection_id', 'alias', 'revision']);
  await schema.index('alias_moves_by_time', 'alias_moves', ['collection_id', 'at', 'id']);
  await schema.appendOnly('alias_moves');
}

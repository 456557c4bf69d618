import type { SchemaWriter } from '../schema-writer.ts';

/** Users, teams, organizations, their members and keys. */
export async function createPeopleTables(schema: SchemaWriter): Promise<void> {
  await schema.table('entities', {
    id: 'id',
    name: 'text',
    kind: 'text',
    display_name: 'text',
    organization_id: 'integer? -> entities',
    created_at: 'integer',
    deleted_at: 'integer?',
  });
  // deleted ones included: a name is never used again
  await schema.unique('entities_name', 'entities', ['name']);
  await schema.index('entities_by_kind', 'entities', ['kind', 'name'], 'deleted_at is null');
  await schema.index(
    'entities_by_organization',
    'entities',
    ['organization_id', 'kind', 'name'],
    'organization_id is not null and deleted_at is null',
  );
  await schema.table('users', {
    id: 'id -> entities',
    email: 'text?',
    admin: 'integer',
    default_entity_id: 'integer',
    service_team_id: 'integer? -> entities',
    disabled_at: 'integer?',
    search_text: 'text',
  });
  await schema.index('users_admins', 'users', ['id'], 'admin = 1 and disabled_at is null');
  await schema.table(
    'members',
    {
      entity_id: 'integer -> entities',
      user_id: 'integer -> users',
      role: 'text',
      created_at: 'integer',
    },
    { primaryKey: ['entity_id', 'user_id'], clustered: true },
  );
  await schema.index('members_by_user', 'members', ['user_id']);
  await schema.table('api_keys', {
    id: 'id',
    user_id: 'integer -> users',
    name: 'text',
    hint: 'text',
    hash: 'text',
    created_at: 'integer',
    last_used_at: 'integer?',
    revoked_at: 'integer?',
  });
  await schema.unique('api_keys_hash', 'api_keys', ['hash']);
  await schema.index('api_keys_by_user', 'api_keys', ['user_id']);
  await schema.table('entity_usage', {
    entity_id: 'id',
    logical_bytes: 'integer',
    physical_bytes: 'integer',
  });
}

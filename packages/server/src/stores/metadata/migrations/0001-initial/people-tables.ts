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
    email_key: 'text?',
    admin: 'integer',
    default_entity_id: 'integer',
    service_team_id: 'integer? -> entities',
    disabled_at: 'integer?',
    search_text: 'text',
  });
  await schema.index('users_admins', 'users', ['id'], 'admin = 1 and disabled_at is null');
  await schema.index('users_by_email', 'users', ['email_key'], 'email_key is not null');
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
  await schema.table('invitations', {
    id: 'id',
    entity_id: 'integer -> entities',
    email: 'text',
    email_key: 'text',
    role: 'text',
    invited_by: 'integer?',
    created_at: 'integer',
  });
  await schema.unique('invitations_email', 'invitations', ['entity_id', 'email_key']);
  await schema.index('invitations_by_email', 'invitations', ['email_key']);
  await schema.index('invitations_by_entity', 'invitations', ['entity_id', 'id']);
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
  await schema.table(
    'entity_usage',
    { entity_id: 'integer', part: 'integer', logical_bytes: 'integer', physical_bytes: 'integer' },
    { primaryKey: ['entity_id', 'part'], clustered: true },
  );
}

import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';

/**
 * The first format. Frozen once released: it says what the tables were, not what they are, and so shares no code with
 * the rest of the store but the names of column types.
 */
export const initial = {
  number: 1,
  name: 'initial',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    const { integer, float, text, bytes } = dialect.types;
    const required = (column: ColumnDefinitionBuilder) => column.notNull();
    const key = (column: ColumnDefinitionBuilder) => column.notNull().primaryKey();
    const of = (target: string) => (column: ColumnDefinitionBuilder) => column.notNull().references(target);
    const maybeOf = (target: string) => (column: ColumnDefinitionBuilder) => column.references(target);
    const table = <T extends string>(name: T) => db.schema.createTable(name);
    const create = async <T extends string>(builder: CreateTableBuilder<T, string>, clustered = false) =>
      await builder.modifyEnd(clustered ? dialect.clusteredTableEnd : dialect.tableEnd).execute();
    const index = async (name: string, on: string, columns: string[], where?: string) => {
      await sql`create index ${sql.ref(name)} on ${sql.table(on)} (${sql.raw(columns.join(', '))})${
        where ? sql` where ${sql.raw(where)}` : sql``
      }`.execute(db);
    };
    const unique = async (name: string, on: string, columns: string[], where?: string) => {
      await sql`create unique index ${sql.ref(name)} on ${sql.table(on)} (${sql.raw(columns.join(', '))})${
        where ? sql` where ${sql.raw(where)}` : sql``
      }`.execute(db);
    };

    // the installation itself
    await create(table('counters').addColumn('name', text, key).addColumn('next', integer, required), true);
    await create(table('settings').addColumn('name', text, key).addColumn('value', text, required));
    await create(
      table('leases')
        .addColumn('name', text, key)
        .addColumn('holder', text, required)
        .addColumn('until', integer, required),
    );
    await create(
      table('answers')
        .addColumn('user_id', integer, required)
        .addColumn('idempotency_key', text, required)
        .addColumn('request_hash', text, required)
        .addColumn('status', integer, required)
        .addColumn('body', text, required)
        .addColumn('created_at', integer, required)
        .addPrimaryKeyConstraint('answers_key', ['user_id', 'idempotency_key']),
    );
    await index('answers_by_age', 'answers', ['created_at']);
    await create(
      table('redirects')
        .addColumn('kind', text, required)
        .addColumn('parent_id', integer, required)
        .addColumn('name', text, required)
        .addColumn('target_id', integer, required)
        .addPrimaryKeyConstraint('redirects_key', ['kind', 'parent_id', 'name']),
      true,
    );

    // people
    await create(
      table('entities')
        .addColumn('id', integer, key)
        .addColumn('name', text, required)
        .addColumn('kind', text, required)
        .addColumn('display_name', text, required)
        .addColumn('organization_id', integer, maybeOf('entities.id'))
        .addColumn('created_at', integer, required)
        .addColumn('deleted_at', integer),
    );
    // deleted ones included: a name is never used again
    await unique('entities_name', 'entities', ['name']);
    await index('entities_by_kind', 'entities', ['kind', 'name'], 'deleted_at is null');
    await index(
      'entities_by_organization',
      'entities',
      ['organization_id', 'kind', 'name'],
      'organization_id is not null and deleted_at is null',
    );
    await create(
      table('users')
        .addColumn('id', integer, column => column.notNull().primaryKey().references('entities.id'))
        .addColumn('email', text)
        .addColumn('admin', integer, required)
        .addColumn('default_entity_id', integer, required)
        .addColumn('disabled_at', integer)
        .addColumn('search_text', text, required),
    );
    await index('users_admins', 'users', ['id'], 'admin = 1 and disabled_at is null');
    await create(
      table('members')
        .addColumn('entity_id', integer, of('entities.id'))
        .addColumn('user_id', integer, of('users.id'))
        .addColumn('role', text, required)
        .addColumn('created_at', integer, required)
        .addPrimaryKeyConstraint('members_key', ['entity_id', 'user_id']),
      true,
    );
    await index('members_by_user', 'members', ['user_id']);
    await create(
      table('api_keys')
        .addColumn('id', integer, key)
        .addColumn('user_id', integer, of('users.id'))
        .addColumn('name', text, required)
        .addColumn('hint', text, required)
        .addColumn('hash', text, required)
        .addColumn('created_at', integer, required)
        .addColumn('last_used_at', integer)
        .addColumn('revoked_at', integer),
    );
    await unique('api_keys_hash', 'api_keys', ['hash']);
    await index('api_keys_by_user', 'api_keys', ['user_id']);
    await create(
      table('entity_usage')
        .addColumn('entity_id', integer, key)
        .addColumn('logical_bytes', integer, required)
        .addColumn('physical_bytes', integer, required),
    );

    // projects and registries
    await create(
      table('projects')
        .addColumn('id', integer, key)
        .addColumn('entity_id', integer, of('entities.id'))
        .addColumn('name', text, required)
        .addColumn('description', text)
        .addColumn('access', text, required)
        .addColumn('allow_all_types', integer, required)
        .addColumn('created_by', integer)
        .addColumn('created_at', integer, required)
        .addColumn('updated_at', integer, required)
        .addColumn('deleted_at', integer),
    );
    await unique('projects_name', 'projects', ['entity_id', 'name']);
    await create(
      table('project_members')
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('user_id', integer, of('users.id'))
        .addColumn('role', text, required)
        .addPrimaryKeyConstraint('project_members_key', ['project_id', 'user_id']),
      true,
    );
    await create(
      table('project_teams')
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('team_id', integer, of('entities.id'))
        .addColumn('role', text, required)
        .addPrimaryKeyConstraint('project_teams_key', ['project_id', 'team_id']),
      true,
    );
    await create(
      table('accepted_types')
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('name', text, required)
        .addPrimaryKeyConstraint('accepted_types_key', ['project_id', 'name']),
      true,
    );
    await create(
      table('artifact_types')
        .addColumn('id', integer, key)
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('name', text, required)
        .addColumn('created_at', integer, required),
    );
    await unique('artifact_types_name', 'artifact_types', ['project_id', 'name']);

    // artifacts and registered models
    await create(
      table('collections')
        .addColumn('id', integer, key)
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('kind', text, required)
        .addColumn('name', text, required)
        .addColumn('search_name', text, required)
        .addColumn('type', text, required)
        .addColumn('description', text)
        .addColumn('next_number', integer, required)
        .addColumn('created_by', integer)
        .addColumn('created_at', integer, required)
        .addColumn('updated_at', integer, required)
        .addColumn('deleted_at', integer),
    );
    await unique('collections_name', 'collections', ['project_id', 'name']);
    await index('collections_by_type', 'collections', ['project_id', 'type', 'name'], 'deleted_at is null');
    await index('collections_by_creation', 'collections', ['project_id', 'created_at', 'id'], 'deleted_at is null');
    await index('collections_by_update', 'collections', ['project_id', 'updated_at', 'id'], 'deleted_at is null');
    await create(
      table('collection_tags')
        .addColumn('collection_id', integer, of('collections.id'))
        .addColumn('tag', text, required)
        .addPrimaryKeyConstraint('collection_tags_key', ['collection_id', 'tag']),
      true,
    );
    await index('collection_tags_by_tag', 'collection_tags', ['tag', 'collection_id']);

    // versions
    await create(
      table('versions')
        .addColumn('id', integer, key)
        .addColumn('collection_id', integer, of('collections.id'))
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('state', text, required)
        .addColumn('number', integer)
        .addColumn('digest', text)
        .addColumn('manifest_id', integer)
        .addColumn('size', integer, required)
        .addColumn('file_count', integer, required)
        .addColumn('description', text)
        .addColumn('metadata', text)
        .addColumn('ttl_seconds', integer)
        .addColumn('history_step', integer)
        .addColumn('client_id', text)
        .addColumn('distributed_id', text)
        .addColumn('requested_aliases_json', text, required)
        .addColumn('requested_tags_json', text, required)
        .addColumn('base_version_id', integer)
        .addColumn('merged_into', integer)
        .addColumn('created_by', integer)
        .addColumn('created_by_run', integer)
        .addColumn('created_at', integer, required)
        .addColumn('updated_at', integer, required)
        .addColumn('committed_at', integer),
    );
    await unique('versions_contents', 'versions', ['collection_id', 'digest'], `state = 'committed'`);
    await index(
      'versions_distributed',
      'versions',
      ['collection_id', 'distributed_id'],
      `state = 'pending' and distributed_id is not null`,
    );
    await index('versions_pending', 'versions', ['updated_at', 'id'], `state = 'pending'`);
    await index('versions_by_manifest', 'versions', ['manifest_id', 'id'], 'manifest_id is not null');
    await create(
      table('version_tags')
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('tag', text, required)
        .addPrimaryKeyConstraint('version_tags_key', ['version_id', 'tag']),
      true,
    );
    await index('version_tags_by_tag', 'version_tags', ['tag', 'version_id']);
    await create(
      table('version_metadata')
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('key', text, required)
        .addColumn('number', float)
        .addColumn('text', text),
    );
    await index('version_metadata_by_version', 'version_metadata', ['version_id']);
    await index('version_metadata_by_text', 'version_metadata', ['key', 'text', 'version_id'], 'text is not null');
    await index(
      'version_metadata_by_number',
      'version_metadata',
      ['key', 'number', 'version_id'],
      'number is not null',
    );
    await create(
      table('client_ids')
        .addColumn('client_id', text, key)
        .addColumn('kind', text, required)
        .addColumn('target_id', integer, required),
      true,
    );

    // the versions' places, and the names that point at them
    await create(
      table('memberships')
        .addColumn('id', integer, key)
        .addColumn('collection_id', integer, of('collections.id'))
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('number', integer, required)
        .addColumn('created_by', integer)
        .addColumn('created_at', integer, required)
        .addColumn('deleted_at', integer),
    );
    await unique('memberships_number', 'memberships', ['collection_id', 'number']);
    await unique('memberships_version', 'memberships', ['collection_id', 'version_id'], 'deleted_at is null');
    await index('memberships_by_version', 'memberships', ['version_id'], 'deleted_at is null');
    await create(
      table('aliases')
        .addColumn('id', integer, required)
        .addColumn('collection_id', integer, of('collections.id'))
        .addColumn('alias', text, required)
        .addColumn('membership_id', integer, of('memberships.id'))
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('revision', integer, required)
        .addColumn('updated_at', integer, required)
        .addPrimaryKeyConstraint('aliases_key', ['collection_id', 'alias']),
      true,
    );
    await index('aliases_by_membership', 'aliases', ['membership_id']);
    await create(
      table('alias_moves')
        .addColumn('id', integer, key)
        .addColumn('collection_id', integer, of('collections.id'))
        .addColumn('alias', text, required)
        .addColumn('from_version_id', integer)
        .addColumn('from_number', integer)
        .addColumn('to_version_id', integer)
        .addColumn('to_number', integer)
        .addColumn('revision', integer, required)
        .addColumn('user_id', integer)
        .addColumn('key_id', integer)
        .addColumn('request_id', text)
        .addColumn('reason', text)
        .addColumn('at', integer, required),
    );
    await unique('alias_moves_revision', 'alias_moves', ['collection_id', 'alias', 'revision']);
    await index('alias_moves_by_time', 'alias_moves', ['collection_id', 'at', 'id']);
    for (const statement of dialect.appendOnly('alias_moves')) await statement.execute(db);

    // bytes and what files they are
    await create(
      table('blobs')
        .addColumn('id', integer, key)
        .addColumn('physical_key', text, required)
        .addColumn('size', integer, required)
        .addColumn('md5', text, required)
        .addColumn('sha256', text)
        .addColumn('created_by', integer)
        .addColumn('created_at', integer, required),
    );
    await unique('blobs_physical_key', 'blobs', ['physical_key']);
    await index('blobs_by_md5', 'blobs', ['md5']);
    await index('blobs_by_sha256', 'blobs', ['sha256', 'id'], 'sha256 is not null');
    await create(
      table('manifests')
        .addColumn('id', integer, key)
        .addColumn('digest', text)
        .addColumn('identity', text)
        .addColumn('size', integer, required)
        .addColumn('file_count', integer, required)
        .addColumn('created_at', integer, required)
        .addColumn('sealed_at', integer),
    );
    await index('manifests_sealed', 'manifests', ['identity', 'digest', 'id'], 'sealed_at is not null');
    await create(
      table('manifest_entries')
        .addColumn('manifest_id', integer, of('manifests.id'))
        .addColumn('path', text, required)
        .addColumn('digest', text, required)
        .addColumn('size', integer, required)
        .addColumn('blob_id', integer, maybeOf('blobs.id'))
        .addColumn('ref', text)
        .addColumn('extra', text)
        .addColumn('birth_version_id', integer)
        .addPrimaryKeyConstraint('manifest_entries_key', ['manifest_id', 'path']),
      true,
    );
    await index('manifest_entries_by_blob', 'manifest_entries', ['blob_id', 'manifest_id'], 'blob_id is not null');
    await create(
      table('manifest_drafts')
        .addColumn('id', integer, key)
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('kind', text, required)
        .addColumn('name', text, required)
        .addColumn('file_digest', text)
        .addColumn('base_version_id', integer)
        .addColumn('manifest_id', integer)
        .addColumn('created_at', integer, required),
    );
    await index('manifest_drafts_by_version', 'manifest_drafts', ['version_id', 'id']);
    await create(
      table('staged_files')
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('path', text, required)
        .addColumn('blob_id', integer, of('blobs.id'))
        .addPrimaryKeyConstraint('staged_files_key', ['version_id', 'path']),
      true,
    );
    await index('staged_files_by_blob', 'staged_files', ['blob_id']);
    await create(
      table('uploads')
        .addColumn('id', integer, key)
        .addColumn('purpose', text, required)
        .addColumn('user_id', integer, required)
        .addColumn('project_id', integer, required)
        .addColumn('version_id', integer)
        .addColumn('draft_id', integer)
        .addColumn('run_id', integer)
        .addColumn('path', text)
        .addColumn('expected_size', integer)
        .addColumn('expected_md5', text)
        .addColumn('expected_sha256', text)
        .addColumn('part_count', integer)
        .addColumn('part_md5s_json', text)
        .addColumn('upload_key', text)
        .addColumn('state', text, required)
        .addColumn('blob_id', integer, maybeOf('blobs.id'))
        .addColumn('created_at', integer, required)
        .addColumn('touched_at', integer, required),
    );
    await index('uploads_open', 'uploads', ['version_id', 'path'], `state = 'open' and version_id is not null`);
    await index('uploads_idle', 'uploads', ['touched_at', 'id'], `state = 'open'`);
    await index('uploads_by_blob', 'uploads', ['blob_id', 'user_id'], 'blob_id is not null');

    // runs and lineage
    await create(
      table('runs')
        .addColumn('id', integer, key)
        .addColumn('project_id', integer, of('projects.id'))
        .addColumn('name', text, required)
        .addColumn('display_name', text, required)
        .addColumn('description', text)
        .addColumn('notes', text)
        .addColumn('config', text, required)
        .addColumn('summary', text, required)
        .addColumn('state', text, required)
        .addColumn('tags_json', text, required)
        .addColumn('job_type', text)
        .addColumn('run_group', text)
        .addColumn('program', text)
        .addColumn('host', text)
        .addColumn('git_commit', text)
        .addColumn('sweep', text)
        .addColumn('user_id', integer)
        .addColumn('exit_code', integer)
        .addColumn('history_lines', integer, required)
        .addColumn('event_lines', integer, required)
        .addColumn('log_lines', integer, required)
        .addColumn('stop_requested', integer, required)
        .addColumn('created_at', integer, required)
        .addColumn('heartbeat_at', integer)
        .addColumn('finished_at', integer)
        .addColumn('deleted_at', integer),
    );
    await unique('runs_name', 'runs', ['project_id', 'name']);
    await index('runs_by_creation', 'runs', ['project_id', 'created_at', 'id'], 'deleted_at is null');
    await create(
      table('run_chunks')
        .addColumn('run_id', integer, of('runs.id'))
        .addColumn('stream', text, required)
        .addColumn('first_line', integer, required)
        .addColumn('line_count', integer, required)
        .addColumn('lines_zstd', bytes, required)
        .addPrimaryKeyConstraint('run_chunks_key', ['run_id', 'stream', 'first_line']),
    );
    await create(
      table('run_files')
        .addColumn('id', integer, key)
        .addColumn('run_id', integer, of('runs.id'))
        .addColumn('name', text, required)
        .addColumn('blob_id', integer, of('blobs.id'))
        .addColumn('size', integer, required)
        .addColumn('md5', text, required)
        .addColumn('updated_at', integer, required),
    );
    await unique('run_files_name', 'run_files', ['run_id', 'name']);
    await index('run_files_by_blob', 'run_files', ['blob_id']);
    await create(
      table('run_inputs')
        .addColumn('run_id', integer, of('runs.id'))
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('collection_id', integer)
        .addColumn('used_at', integer, required)
        .addPrimaryKeyConstraint('run_inputs_key', ['run_id', 'version_id']),
      true,
    );
    await index('run_inputs_by_time', 'run_inputs', ['run_id', 'used_at', 'version_id']);
    await index('run_inputs_by_version', 'run_inputs', ['version_id', 'used_at', 'run_id']);
    await create(
      table('run_outputs')
        .addColumn('run_id', integer, of('runs.id'))
        .addColumn('version_id', integer, of('versions.id'))
        .addColumn('logged_at', integer, required)
        .addPrimaryKeyConstraint('run_outputs_key', ['run_id', 'version_id']),
      true,
    );
    await index('run_outputs_by_time', 'run_outputs', ['run_id', 'logged_at', 'version_id']);
    await index('run_outputs_by_version', 'run_outputs', ['version_id', 'logged_at', 'run_id']);

    // what happened
    await create(
      table('events')
        .addColumn('id', integer, key)
        .addColumn('sequence', integer)
        .addColumn('hash', text)
        .addColumn('type', text, required)
        .addColumn('at', integer, required)
        .addColumn('actor_user_id', integer)
        .addColumn('actor_key_id', integer)
        .addColumn('request_id', text)
        .addColumn('entity_id', integer)
        .addColumn('project_id', integer)
        .addColumn('collection_id', integer)
        .addColumn('version_id', integer)
        .addColumn('details_json', text, required),
    );
    await unique('events_sequence', 'events', ['sequence'], 'sequence is not null');
    await index('events_unsealed', 'events', ['id'], 'sequence is null');
    const untouched = ['id', 'type', 'at', 'actor_user_id', 'actor_key_id', 'request_id', 'entity_id', 'project_id']
      .concat(['collection_id', 'version_id', 'details_json'])
      .map(column => `new.${column} is not distinct from old.${column}`);
    for (const statement of dialect.appendOnly('events', ['old.sequence is null', ...untouched].join(' and '))) {
      await statement.execute(db);
    }

    await sql`insert into counters (name, next) values ('id', 1), ('project', 1)`.execute(db);
  },
};

import type { SchemaWriter } from '../schema-writer.ts';

/** Projects and registries, who may do what in them, and the types they hold. */
export async function createProjectTables(schema: SchemaWriter): Promise<void> {
  await schema.table('projects', {
    id: 'id',
    entity_id: 'integer -> entities',
    name: 'text',
    description: 'text?',
    access: 'text',
    allow_all_types: 'integer',
    created_by: 'integer?',
    created_at: 'integer',
    updated_at: 'integer',
    deleted_at: 'integer?',
  });
  await schema.unique('projects_name', 'projects', ['entity_id', 'name']);
  await schema.table(
    'project_members',
    {
      project_id: 'integer -> projects',
      user_id: 'integer -> users',
      role: 'text',
    },
    { primaryKey: ['project_id', 'user_id'], clustered: true },
  );
  await schema.table(
    'project_teams',
    {
      project_id: 'integer -> projects',
      team_id: 'integer -> entities',
      role: 'text',
    },
    { primaryKey: ['project_id', 'team_id'], clustered: true },
  );
  await schema.table(
    'accepted_types',
    {
      project_id: 'integer -> projects',
      name: 'text',
    },
    { primaryKey: ['project_id', 'name'], clustered: true },
  );
  await schema.table('artifact_types', {
    id: 'id',
    project_id: 'integer -> projects',
    name: 'text',
    created_at: 'integer',
  });
  await schema.unique('artifact_types_name', 'artifact_types', ['project_id', 'name']);
}

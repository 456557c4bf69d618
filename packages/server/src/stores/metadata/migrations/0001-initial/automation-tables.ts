import type { SchemaWriter } from '../schema-writer.ts';

/** What is to happen when something happens. */
export async function createAutomationTables(schema: SchemaWriter): Promise<void> {
  await schema.table('integrations', {
    id: 'id',
    entity_id: 'integer',
    kind: 'text',
    name: 'text',
    url: 'text?',
    access_token_ref: 'text?',
    secret_ref: 'text?',
    team_name: 'text?',
    channel_name: 'text?',
    slack_webhook_url: 'text?',
    created_at: 'integer',
  });
  await schema.unique('integrations_name', 'integrations', ['entity_id', 'name']);
  await schema.index('integrations_by_entity', 'integrations', ['entity_id', 'id']);
  await schema.table('automations', {
    id: 'id',
    name: 'text',
    description: 'text?',
    enabled: 'integer',
    scope_kind: 'text',
    scope_id: 'integer',
    entity_id: 'integer',
    project_id: 'integer?',
    event: 'text',
    filter_json: 'text',
    action_json: 'text',
    integration_id: 'integer?',
    created_by: 'integer?',
    created_at: 'integer',
    updated_at: 'integer',
  });
  await schema.unique('automations_name', 'automations', ['entity_id', 'name']);
  await schema.index('automations_by_integration', 'automations', ['integration_id'], 'integration_id is not null');
  await schema.index('automations_project', 'automations', ['project_id', 'id']);
}

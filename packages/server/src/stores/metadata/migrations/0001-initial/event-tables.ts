import type { SchemaWriter } from '../schema-writer.ts';

/** What happened. */
export async function createEventTables(schema: SchemaWriter): Promise<void> {
  await schema.table('events', {
    id: 'id',
    sequence: 'integer?',
    hash: 'text?',
    type: 'text',
    at: 'integer',
    actor_user_id: 'integer?',
    actor_key_id: 'integer?',
    request_id: 'text?',
    entity_id: 'integer?',
    project_id: 'integer?',
    collection_id: 'integer?',
    version_id: 'integer?',
    details_json: 'text',
  });
  await schema.unique('events_sequence', 'events', ['sequence'], 'sequence is not null');
  await schema.index('events_unsealed', 'events', ['id'], 'sequence is null');
  // sealing gives an event its place and hash, once, and touches nothing else
  const untouched = ['id', 'type', 'at', 'actor_user_id', 'actor_key_id', 'request_id', 'entity_id', 'project_id']
    .concat(['collection_id', 'version_id', 'details_json'])
    .map(column => `new.${column} is not distinct from old.${column}`);
  await schema.appendOnly('events', ['old.sequence is null', ...untouched].join(' and '));
}

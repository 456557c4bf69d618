import { sql } from 'kysely';
import type { SchemaWriter } from '../schema-writer.ts';

/** The installation itself: settings, ids, repeated requests, and the old names of things. */
export async function createInstallationTables(schema: SchemaWriter): Promise<void> {
  await schema.table(
    'counters',
    {
      name: 'key',
      next: 'integer',
    },
    { clustered: true },
  );
  await schema.table('settings', {
    name: 'key',
    value: 'text',
  });
  await schema.table('leases', {
    name: 'key',
    holder: 'text',
    until: 'integer',
  });
  await schema.table(
    'answers',
    {
      user_id: 'integer',
      idempotency_key: 'text',
      request_hash: 'text',
      status: 'integer',
      body: 'text',
      created_at: 'integer',
    },
    { primaryKey: ['user_id', 'idempotency_key'] },
  );
  await schema.index('answers_by_age', 'answers', ['created_at']);
  await schema.table(
    'redirects',
    {
      kind: 'text',
      parent_id: 'integer',
      name: 'text',
      target_id: 'integer',
    },
    { primaryKey: ['kind', 'parent_id', 'name'], clustered: true },
  );
  await schema.run(sql`insert into counters (name, next) values ('id', 1), ('project', 1)`);
}

import type { Kysely } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import { SchemaWriter } from './schema-writer.ts';

/** Why the work under a lease failed, for those who wait for it at other servers. */
export const failedLeases = {
  number: 2,
  name: 'failed-leases',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    await new SchemaWriter(db, dialect).addColumn('leases', 'failure', 'text?');
  },
};

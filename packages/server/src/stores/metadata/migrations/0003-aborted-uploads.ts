import type { Kysely } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import { SchemaWriter } from './schema-writer.ts';

/** Aborted uploads whose bytes may not be freed yet are found without a look at all others. */
export const abortedUploads = {
  number: 3,
  name: 'aborted-uploads',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    const where = "state = 'aborted' and upload_key is not null";
    await new SchemaWriter(db, dialect).index('uploads_aborted', 'uploads', ['id'], where);
  },
};

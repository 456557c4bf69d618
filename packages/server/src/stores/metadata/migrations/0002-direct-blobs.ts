import { type Kysely, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import { SchemaWriter } from './schema-writer.ts';

/** Blobs that went straight to object storage: those that wait for their SHA-256, and those that turned out to be another. */
export const directBlobs = {
  number: 2,
  name: 'direct-blobs',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    const schema = new SchemaWriter(db, dialect);
    await schema.run(sql`alter table blobs add column merged_into ${dialect.types.integer} references blobs (id)`);
    await schema.index('blobs_unhashed', 'blobs', ['id'], 'sha256 is null and merged_into is null');
  },
};

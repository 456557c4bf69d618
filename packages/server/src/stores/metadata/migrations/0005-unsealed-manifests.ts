import type { Kysely } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import { SchemaWriter } from './schema-writer.ts';

/** Manifests that were begun and not sealed, the oldest first: most of them nobody will go on with. */
export const unsealedManifests = {
  number: 5,
  name: 'unsealed-manifests',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    const schema = new SchemaWriter(db, dialect);
    await schema.index('manifests_unsealed', 'manifests', ['created_at', 'id'], 'sealed_at is null');
  },
};

import type { Kysely } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import { createAutomationTables } from './0001-initial/automation-tables.ts';
import { createByteTables } from './0001-initial/byte-tables.ts';
import { createCollectionTables } from './0001-initial/collection-tables.ts';
import { createEventTables } from './0001-initial/event-tables.ts';
import { createInstallationTables } from './0001-initial/installation-tables.ts';
import { createPeopleTables } from './0001-initial/people-tables.ts';
import { createPlaceTables } from './0001-initial/place-tables.ts';
import { createProjectTables } from './0001-initial/project-tables.ts';
import { createRunTables } from './0001-initial/run-tables.ts';
import { createVersionTables } from './0001-initial/version-tables.ts';
import { SchemaWriter } from './schema-writer.ts';

/**
 * The first format. Frozen once released: it says what the tables were, not what they are, and shares nothing with the
 * rest of the store but the words of the dialect.
 */
export const initial = {
  number: 1,
  name: 'initial',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    const schema = new SchemaWriter(db, dialect);
    await createInstallationTables(schema);
    await createPeopleTables(schema);
    await createProjectTables(schema);
    await createCollectionTables(schema);
    await createVersionTables(schema);
    await createPlaceTables(schema);
    await createByteTables(schema);
    await createRunTables(schema);
    await createEventTables(schema);
    await createAutomationTables(schema);
  },
};

import { type Kysely, sql } from 'kysely';
import { RegistryError } from '../../domain/registry-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SqlDialect } from './dialect.ts';
import { initial } from './migrations/0001-initial.ts';
import { failedLeases } from './migrations/0002-failed-leases.ts';
import { abortedUploads } from './migrations/0003-aborted-uploads.ts';
import { orderedTags } from './migrations/0004-ordered-tags.ts';
import { unsealedManifests } from './migrations/0005-unsealed-manifests.ts';
import type { Database } from './schema.ts';

export interface Migration {
  /** counts from 1 without gaps; the format of the data is the number of the last one */
  number: number;
  name: string;
  up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void>;
}

/** In order. A released one is never changed, moved or dropped; a new one goes to the end. */
const migrations: readonly Migration[] = [initial, failedLeases, abortedUploads, orderedTags, unsealedManifests];

/** The format this build writes. */
export const formatVersion = migrations.length;

/**
 * Brings the tables up to this build, each step in a transaction of its own together with the record of it.
 * @throws RegistryError `CONFLICT` where the data is newer than this build
 */
export async function migrate(db: Database, dialect: SqlDialect, clock: Clock): Promise<void> {
  await db.transaction().execute(async tx => {
    for (const statement of dialect.lockMigrations()) await statement.execute(tx);
    await tx.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('number', dialect.types.integer, column => column.notNull().primaryKey())
      .addColumn('name', dialect.types.text, column => column.notNull())
      .addColumn('applied_at', dialect.types.integer, column => column.notNull())
      .modifyEnd(dialect.tableEnd)
      .execute();
  });
  for (const migration of migrations) {
    await db.transaction().execute(async tx => {
      for (const statement of dialect.lockMigrations()) await statement.execute(tx);
      // asked inside: another server may have been faster
      if ((await findFormat(tx)) >= migration.number) return;
      await migration.up(tx as unknown as Kysely<unknown>, dialect);
      await tx
        .insertInto('migrations')
        .values({ number: migration.number, name: migration.name, applied_at: clock.now() })
        .execute();
    });
  }
  const found = await findFormat(db);
  if (found > formatVersion) {
    throw new RegistryError(
      'CONFLICT',
      `The data was written by a newer Weighhouse (format ${found}; this build knows ${formatVersion}). ` +
        'Start that version again, or restore a backup made with this one.',
      { details: { found, known: formatVersion } },
    );
  }
}

async function findFormat(db: Database): Promise<number> {
  const row = await db.selectFrom('migrations').select(sql<number | null>`max(number)`.as('format')).executeTakeFirst();
  return row?.format ?? 0;
}

import type { MetadataStore } from '../../packages/server/src/ports/metadata-store.ts';
import { openPostgresMetadataStore } from '../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { openSqliteMetadataStore } from '../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import type { BenchDatabase } from '../database/bench-database.ts';
import { type BulkWriter, openBulkWriter } from '../database/bulk-writer.ts';
import {
  benchProject,
  emptyRows,
  type GeneratedPlace,
  generatedTables,
  generateModel,
  idsPerModel,
  versionsPerModel,
} from './generated-registry.ts';

/** Rows of as many models are written together. */
const modelsAtOnce = 20;

/**
 * Fills the database of a stopped server, whose first start has taken place, with a generated registry.
 * @returns seconds
 */
export async function fillRegistry(database: BenchDatabase, versions: number): Promise<number> {
  const started = performance.now();
  const { projectId, registryId } = await makeProject(database);
  const writer = await openBulkWriter(database, { rebuildIndexesOf: generatedTables });
  const models = Math.ceil(versions / versionsPerModel);
  const takeId = await reserveIds(writer, models * idsPerModel);
  const place: GeneratedPlace = { projectId, registryId, since: Date.now() - versions * 1_000, takeId };
  // one batch is written while the next is made
  let written: Promise<void> = Promise.resolve();
  for (let from = 0; from < models; from += modelsAtOnce) {
    const batch = emptyRows();
    for (let index = from; index < Math.min(models, from + modelsAtOnce); index++) {
      const rows = generateModel(index, Math.min(versionsPerModel, versions - index * versionsPerModel), place);
      for (const table of generatedTables) (batch[table] as object[]).push(...rows[table]);
    }
    await written;
    written = writer.write(batch);
  }
  await written;
  await writer.finish();
  return (performance.now() - started) / 1_000;
}

/** Takes a block of ids as a server does, so that none is given twice. */
export async function reserveIds(writer: BulkWriter, count: number): Promise<() => number> {
  const reserve = `update counters set next = next + ? where name = 'id' returning next`;
  const [row] = await writer.query(reserve, [count]);
  const end = Number(row?.next);
  let next = end - count;
  return () => {
    if (next >= end) throw new Error('more ids were taken than reserved');
    return next++;
  };
}

async function makeProject(database: BenchDatabase): Promise<{ projectId: number; registryId: number }> {
  const store = openStore(database);
  // hands out ids from now on
  await store.migrate();
  try {
    const team = await store.read.accounts.findEntityByName('research');
    const registry = await store.read.projects.findProjectByName('weighhouse', 'wandb-registry-model');
    if (!team || !registry) throw new Error('the first start has not taken place in this database');
    const createdAt = Date.now();
    const projectId = await store.transaction(async tx => {
      const id = tx.newProjectId();
      await tx.projects.insertProject({
        id,
        entityId: team.id,
        name: benchProject,
        description: null,
        access: 'PRIVATE',
        allowAllTypes: true,
        createdBy: null,
        createdAt,
      });
      for (const one of [id, registry.id]) await tx.projects.ensureType(one, tx.newId(), 'model', createdAt);
      return id;
    });
    return { projectId, registryId: registry.id };
  } finally {
    await store.close();
  }
}

function openStore(database: BenchDatabase): MetadataStore {
  return database.kind === 'sqlite'
    ? openSqliteMetadataStore({ file: database.file })
    : openPostgresMetadataStore({ url: database.url, connections: 2 });
}

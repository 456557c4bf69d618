import { join } from 'node:path';
import type { BenchDatabase } from '../database/bench-database.ts';
import { type MeasuredServer, startMeasuredServer, startServer } from '../server/measured-server.ts';
import { fillRegistry } from './fill-registry.ts';

/**
 * Makes a generated registry.
 * @param database an empty one
 * @returns seconds that the generator took
 */
export async function makeFilledRegistry(
  dataFolder: string,
  versions: number,
  database: BenchDatabase,
): Promise<number> {
  // a first start makes the tables
  await (await startServer(dataFolder, database)).stop();
  return await fillRegistry(database, versions);
}

/** The real server on a generated registry, on SQLite. */
export async function startFilledServer(dataFolder: string, versions: number): Promise<MeasuredServer> {
  const database: BenchDatabase = { kind: 'sqlite', file: join(dataFolder, 'weighhouse.db') };
  await makeFilledRegistry(dataFolder, versions, database);
  return await startMeasuredServer(dataFolder, database);
}

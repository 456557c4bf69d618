import { join } from 'node:path';
import type { BenchDatabase } from '../database/bench-database.ts';
import { type MeasuredServer, startMeasuredServer } from '../server/measured-server.ts';
import { fillRegistry } from './fill-registry.ts';

/**
 * The real server on a generated registry.
 * @param database an empty one; unless given, an SQLite file in the data folder
 */
export async function startFilledServer(
  dataFolder: string,
  versions: number,
  database: BenchDatabase = { kind: 'sqlite', file: join(dataFolder, 'weighhouse.db') },
): Promise<{ server: MeasuredServer; fillSeconds: number }> {
  await (await startMeasuredServer(dataFolder, database)).stop();
  const fillSeconds = await fillRegistry(database, versions);
  return { server: await startMeasuredServer(dataFolder, database), fillSeconds };
}

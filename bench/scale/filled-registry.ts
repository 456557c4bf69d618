import { join } from 'node:path';
import { createDatabase } from '../../tests/support/postgres-database.ts';
import { startPostgres } from '../../tests/support/postgres-server.ts';
import { type BenchDatabase, databaseNames } from '../database/bench-database.ts';
import { databaseBytes } from '../database/database-bytes.ts';
import { makeFilledRegistry } from '../registry/start-filled-server.ts';
import type { Figure } from '../report/section-result.ts';

/** A generated registry, and the folder of the servers that are started on it. */
export interface FilledRegistry {
  size: number;
  /** e.g. `SQLite with 100,000 versions` */
  title: string;
  data: string;
  database: BenchDatabase;
  /** what filling took, for the report */
  filled: Figure;
  endDatabase(): Promise<void>;
}

/** A small machine's share of memory for the database, as its manual recommends for a server of its own. */
const postgresSettings = { shared_buffers: '1GB', max_wal_size: '4GB' };

export async function fillDatabase(kind: BenchDatabase['kind'], size: number, data: string): Promise<FilledRegistry> {
  const { database, endDatabase } = await newDatabase(kind, data);
  try {
    const fillSeconds = await makeFilledRegistry(data, size, database);
    const bytes = await databaseBytes(database);
    const filled = {
      what: `${size.toLocaleString('en')} versions filled by the generator`,
      value: `${fillSeconds.toFixed(0)} s`,
      note: `${(bytes / 2 ** 20).toFixed(0)} MiB, ${(bytes / 1024 / size).toFixed(1)} KiB for each version`,
    };
    const title = `${databaseNames[kind]} with ${size.toLocaleString('en')} versions`;
    return { size, title, data, database, filled, endDatabase };
  } catch (error) {
    await endDatabase();
    throw error;
  }
}

async function newDatabase(
  kind: BenchDatabase['kind'],
  folder: string,
): Promise<Pick<FilledRegistry, 'database' | 'endDatabase'>> {
  if (kind === 'sqlite') return { database: { kind, file: join(folder, 'bench.db') }, endDatabase: async () => {} };
  // each has one to itself: in one they would push each other out of its memory
  const postgres = await startPostgres(postgresSettings);
  const url = await createDatabase(postgres.url('postgres'));
  return { database: { kind, url }, endDatabase: () => postgres.stop() };
}

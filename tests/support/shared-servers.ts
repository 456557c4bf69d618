import { randomBytes } from 'node:crypto';
import { createDatabase } from './postgres-database.ts';
import { startPostgres } from './postgres-server.ts';
import { type RadosgwAccess, startRadosgw } from './radosgw-server.ts';

/** Where the servers are on which the pair of stores `shared` lives. */
export interface SharedServers {
  /** address of PostgreSQL's maintenance database */
  postgres: string;
  objects: RadosgwAccess;
}

export interface StartedServers {
  servers: SharedServers;
  crashPostgres(): Promise<void>;
  restartObjects(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts them, each throw-away and on this machine; they end with this process at the latest. */
export async function startSharedServers(): Promise<StartedServers> {
  const [postgres, objects] = await Promise.all([startPostgres(), startRadosgw()]);
  return {
    servers: { postgres: postgres.url('postgres'), objects: objects.access },
    crashPostgres: () => postgres.crash(),
    restartObjects: () => objects.restart(),
    stop: async () => void (await Promise.all([postgres.stop(), objects.stop()])),
  };
}

/** Settings that put a server on new, empty stores. */
export async function newSharedStores({ postgres, objects }: SharedServers): Promise<Record<string, string>> {
  const prefix = randomBytes(6).toString('hex');
  return {
    WEIGHHOUSE_DATABASE: await createDatabase(postgres),
    WEIGHHOUSE_BLOBS: `s3://${objects.bucket}/${prefix}?endpoint=${objects.endpoint}`,
    AWS_ACCESS_KEY_ID: objects.accessKeyId,
    AWS_SECRET_ACCESS_KEY: objects.secretAccessKey,
  };
}

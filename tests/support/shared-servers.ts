import { createDatabase } from './postgres-database.ts';
import { startPostgres } from './postgres-server.ts';

/** Where the servers are on which the pair of stores `shared` lives. */
export interface SharedServers {
  /** address of PostgreSQL's maintenance database */
  postgres: string;
}

/** Starts them, each throw-away and on this machine; they end with this process at the latest. */
export async function startSharedServers(): Promise<{ servers: SharedServers; stop(): Promise<void> }> {
  const postgres = await startPostgres();
  return { servers: { postgres: postgres.url('postgres') }, stop: () => postgres.stop() };
}

/** Settings that put a server on new, empty stores. */
export async function newSharedStores(servers: SharedServers): Promise<Record<string, string>> {
  return { WEIGHHOUSE_DATABASE: await createDatabase(servers.postgres) };
}

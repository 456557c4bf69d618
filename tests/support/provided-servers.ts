import { inject } from 'vitest';
import type { RadosgwAccess } from './radosgw-server.ts';
import type { SharedServers } from './shared-servers.ts';

/** Address of the maintenance database of this run's PostgreSQL. @throws where it could not start, saying why */
export function providedPostgres(): string {
  const url = inject('postgres');
  if (typeof url !== 'string') throw new Error(url.problem);
  return url;
}

/** The object storage of this run of the project `shared`. @throws where it could not start, saying why */
export function providedObjects(): RadosgwAccess {
  const server = inject('radosgw');
  if ('problem' in server) throw new Error(server.problem);
  return server;
}

export function sharedServers(): SharedServers {
  return { postgres: providedPostgres(), objects: providedObjects() };
}

import { inject } from 'vitest';
import type { SharedServers } from './shared-servers.ts';

/** The servers of this run of vitest. @throws where they could not start, saying why */
export function sharedServers(): SharedServers {
  const servers = inject('sharedServers');
  if ('problem' in servers) throw new Error(servers.problem);
  return servers;
}

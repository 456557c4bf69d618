import { RegistryError } from '../../../domain/registry-error.ts';
import { emptyConnection } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';

const operations: Record<string, string> = {
  rewindRun: 'Rewinding a run (resume_from) is',
  createCustomChart: 'Custom chart presets are',
  upsertSweep: 'Sweeps are',
  createAgent: 'Sweeps are',
  agentHeartbeat: 'Sweeps are',
};

/** What other servers can and this one cannot: a clear refusal that the client does not try again. */
export const unsupportedMutations: Fields<undefined> = Object.fromEntries(
  Object.entries(operations).map(([operation, what]) => [
    operation,
    () => {
      throw new RegistryError('NOT_SUPPORTED', `${what} not supported by this server (${operation}).`);
    },
  ]),
);

/** Lists of what cannot be made are empty. */
export const emptyLists: Resolvers = {
  Project: { sweep: () => null, sweeps: () => emptyConnection, totalSweeps: () => 0 },
};

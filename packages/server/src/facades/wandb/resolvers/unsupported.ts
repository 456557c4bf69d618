import { RegistryError } from '../../../domain/registry-error.ts';
import { emptyConnection } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';

const operations: Record<string, string> = {
  rewindRun: 'Rewinding a run (resume_from) is',
  createCustomChart: 'Custom chart presets are',
  createFilterTrigger: 'Automations are',
  updateFilterTrigger: 'Automations are',
  deleteTrigger: 'Automations are',
  createGenericWebhookIntegration: 'Integrations are',
  createServiceAccount: 'Service accounts are',
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
  Entity: { integrations: () => emptyConnection, triggers: () => emptyConnection },
  Organization: { triggers: () => emptyConnection },
  Project: { triggers: () => [], sweep: () => null, sweeps: () => emptyConnection, totalSweeps: () => 0 },
};

/** Unions and interfaces of which no object exists here. */
export const unsupportedTypes: Record<string, { __resolveType: () => string }> = {
  TriggerScope: { __resolveType: () => 'Project' },
  TriggeringCondition: { __resolveType: () => 'FilterEventTriggeringCondition' },
  TriggeredAction: { __resolveType: () => 'NoOpTriggeredAction' },
  Integration: { __resolveType: () => 'GenericWebhookIntegration' },
};

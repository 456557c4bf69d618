import type { Entity } from '../../../domain/accounts.ts';
import {
  type Automation,
  type AutomationAction,
  type AutomationEvent,
  type AutomationScope,
  automationEvents,
  type Integration,
  isRunEvent,
} from '../../../domain/automations.ts';
import { isJsonObject, parseJson } from '../../../domain/json.ts';
import { isRegistry } from '../../../domain/projects.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { AutomationDraft } from '../../../services/automations.ts';
import { connection, type PageArguments, pageRequest } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { encodeId } from '../ids.ts';
import { requireId } from './nodes.ts';

type ScopeType = 'ARTIFACT_COLLECTION' | 'PROJECT' | 'ENTITY';

interface TriggerInput {
  id?: string;
  name?: string | null;
  description?: string | null;
  enabled?: boolean | null;
  scopeType?: ScopeType | null;
  scopeID?: string | null;
  triggeringEventType?: string | null;
  eventFilter?: string | null;
  triggeredActionType?: string | null;
  triggeredActionConfig?: ActionConfig | null;
}

interface ActionConfig {
  genericWebhookActionInput?: { integrationID: string; requestPayload?: string | null } | null;
  notificationActionInput?: {
    integrationID: string;
    title?: string | null;
    message?: string | null;
    severity?: AutomationAction['severity'];
  } | null;
  noOpActionInput?: { noOp?: boolean | null } | null;
}

const noAction = { integrationId: null, requestPayload: null, title: null, message: null, severity: null };

export const automationMutations: Fields<undefined> = {
  createFilterTrigger: async (_source, { input }: { input: TriggerInput }, { caller, services }) => {
    const draft = draftOf(input);
    const { name, scope, event, filter, action } = draft;
    if (name === undefined || !scope || !event || filter === undefined || !action) {
      throw new RegistryError(
        'INVALID_INPUT',
        'An automation needs a name, a scope, an event with its filter, and an action.',
      );
    }
    const complete = {
      name,
      scope,
      event,
      filter,
      action,
      description: draft.description ?? null,
      enabled: draft.enabled ?? true,
    };
    return { trigger: await services.automations.create(caller, complete) };
  },
  updateFilterTrigger: async (_source, { input }: { input: TriggerInput }, { caller, services }) => {
    const id = requireId('Trigger', input.id ?? '', 'automation');
    return { trigger: await services.automations.update(caller, id, draftOf(input)) };
  },
  deleteTrigger: async (_source, { input }: { input: { triggerID: string } }, { caller, services }) => {
    await services.automations.delete(caller, requireId('Trigger', input.triggerID, 'automation'));
    return { success: true };
  },
  createGenericWebhookIntegration: async (
    _source,
    {
      input,
    }: {
      input: {
        entityName: string;
        name: string;
        urlEndpoint: string;
        accessTokenRef?: string | null;
        secretRef?: string | null;
      };
    },
    { caller, services },
  ) => {
    const { entityName, urlEndpoint: url, ...rest } = input;
    return { integration: await services.integrations.create(caller, entityName, { ...rest, kind: 'webhook', url }) };
  },
};

/** What the input gives; what it leaves out stays undefined. */
function draftOf(input: TriggerInput): Partial<AutomationDraft> {
  return {
    name: input.name ?? undefined,
    description: input.description ?? undefined,
    enabled: input.enabled ?? undefined,
    scope: input.scopeType && input.scopeID ? scopeOf(input.scopeType, input.scopeID) : undefined,
    event: input.triggeringEventType ? eventOf(input.triggeringEventType) : undefined,
    filter: input.eventFilter ?? undefined,
    action: input.triggeredActionType
      ? actionOf(input.triggeredActionType, input.triggeredActionConfig ?? {})
      : undefined,
  };
}

function scopeOf(type: ScopeType, id: string): AutomationScope {
  switch (type) {
    case 'ARTIFACT_COLLECTION':
      return { kind: 'collection', id: requireId('ArtifactCollection', id, 'artifact or registered model') };
    case 'PROJECT':
      return { kind: 'project', id: requireId(['Project', 'ProjectInternalId'], id, 'project or registry') };
    case 'ENTITY':
      return { kind: 'entity', id: requireId('Entity', id, 'team or organization') };
  }
}

function eventOf(type: string): AutomationEvent {
  const event = automationEvents.find(one => one === type);
  if (event) return event;
  throw new RegistryError('NOT_SUPPORTED', `Automations on ${type} are not supported by this server.`);
}

function actionOf(type: string, config: ActionConfig): AutomationAction {
  const webhook = config.genericWebhookActionInput;
  const notification = config.notificationActionInput;
  if (type === 'NO_OP') return { ...noAction, kind: 'NO_OP' };
  if (type === 'GENERIC_WEBHOOK' && webhook) {
    const integrationId = requireId('Integration', webhook.integrationID, 'integration');
    return { ...noAction, kind: 'GENERIC_WEBHOOK', integrationId, requestPayload: webhook.requestPayload ?? null };
  }
  if (type === 'NOTIFICATION' && notification) {
    const { title = null, message = null, severity = null } = notification;
    const integrationId = requireId('Integration', notification.integrationID, 'integration');
    return { ...noAction, kind: 'NOTIFICATION', integrationId, title, message, severity };
  }
  if (type === 'GENERIC_WEBHOOK' || type === 'NOTIFICATION') {
    throw new RegistryError('INVALID_INPUT', `The action ${type} lacks its configuration.`);
  }
  throw new RegistryError('NOT_SUPPORTED', `The action ${type} is not supported by this server.`);
}

/** Automations of a project. Those of its whole owner, which the client looks for here too, hang on the owner's first one. */
async function triggersOf({ project }: AccessibleProject, context: RequestContext): Promise<Automation[]> {
  const { caller, services } = context;
  const own = await services.automations.listOfProject(caller, project.id, { limit: 1000 });
  const list = isRegistry(project) ? services.registries : services.projects;
  const [first] = (await list.list(caller, project.entityName, { limit: 1 })).items;
  if (first?.id !== project.id) return watching(own.items, context);
  const all = await services.automations.listOfEntity(caller, project.entityName, { limit: 1000 });
  return watching([...own.items, ...all.items.filter(({ projectId }) => projectId === null)], context);
}

async function findScope(
  { scope }: Automation,
  { caller, load, services }: RequestContext,
): Promise<object | undefined> {
  if (scope.kind === 'entity') return load.entity.load(scope.id);
  return scope.kind === 'project'
    ? services.access.findProjectById(caller, scope.id)
    : services.collections.findById(caller, scope.id);
}

async function scopeNode(automation: Automation, context: RequestContext): Promise<object> {
  const found = await findScope(automation, context);
  if (found) return found;
  throw new RegistryError('NOT_FOUND', 'What the automation watched was deleted, or you may no longer see it.');
}

/** Without those whose collection is gone: one of them must not spoil a whole list. */
async function watching(automations: Automation[], context: RequestContext): Promise<Automation[]> {
  const scopes = await Promise.all(automations.map(automation => findScope(automation, context)));
  return automations.filter((_, i) => scopes[i] !== undefined);
}

async function listOfEntity(
  entity: Entity,
  args: PageArguments & { filters?: string | null },
  context: RequestContext,
) {
  const { caller, services } = context;
  const filter = args.filters ? parseJson(args.filters, 'filters') : {};
  const name = isJsonObject(filter) && typeof filter.name === 'string' ? filter.name : undefined;
  const page = await services.automations.listOfEntity(caller, entity.name, pageRequest(args), name);
  return connection({ ...page, items: await watching(page.items, context) }, node => node);
}

const trigger: Fields<Automation> = {
  id: ({ id }) => encodeId('Trigger', id),
  scope: (automation, _args, context) => scopeNode(automation, context),
  triggeringCondition: ({ event, filter }) => ({
    eventType: event,
    // The client wraps filters of artifact events once more on the way back, and those of run events not.
    filter: isRunEvent(event) ? filter : JSON.stringify({ filter }),
  }),
  triggeredAction: async (automation, _args, { services }) => ({
    ...automation.action,
    integration: (await services.automations.integrationOf(automation)) ?? null,
    noOp: true,
  }),
};

const integrationId: Fields<Integration>[string] = ({ id }: Integration) => encodeId('Integration', id);

export const automationTypes: Resolvers = {
  Trigger: trigger,
  GenericWebhookIntegration: { id: integrationId, urlEndpoint: ({ url }: Integration) => url },
  SlackIntegration: { id: integrationId },
  Entity: {
    triggers: listOfEntity,
    integrations: async (entity: Entity, args: PageArguments, { caller, services }) =>
      connection(await services.integrations.list(caller, entity.name, pageRequest(args)), node => node),
  },
  Organization: { triggers: listOfEntity },
  Project: { triggers: (found: AccessibleProject, _args, context) => triggersOf(found, context) },
};

const actionTypes: Record<AutomationAction['kind'], string> = {
  GENERIC_WEBHOOK: 'GenericWebhookTriggeredAction',
  NOTIFICATION: 'NotificationTriggeredAction',
  NO_OP: 'NoOpTriggeredAction',
};

/** Which type an object of the automations is. */
export const automationTypeNames = {
  TriggeringCondition: { __resolveType: () => 'FilterEventTriggeringCondition' },
  TriggeredAction: { __resolveType: ({ kind }: AutomationAction) => actionTypes[kind] },
  Integration: {
    __resolveType: ({ kind }: Integration) => (kind === 'webhook' ? 'GenericWebhookIntegration' : 'SlackIntegration'),
  },
};

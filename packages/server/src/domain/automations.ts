import { isJsonObject, parseJson } from './json.ts';
import { displayName } from './names.ts';
import { RegistryError } from './registry-error.ts';

/** What an automation watches: one collection, a project or registry, or everything of a team or an organization. */
export type AutomationScope = { kind: 'collection' | 'project' | 'entity'; id: number };

const artifactEvents = [
  'CREATE_ARTIFACT',
  'LINK_MODEL',
  'UNLINK_ARTIFACT',
  'ADD_ARTIFACT_ALIAS',
  'UPDATE_ARTIFACT_ALIAS',
  'ADD_ARTIFACT_TAG',
  'REMOVE_ARTIFACT_TAG',
  'ADD_COLLECTION_TAG',
  'REMOVE_COLLECTION_TAG',
] as const;
const runEvents = ['RUN_METRIC', 'RUN_METRIC_CHANGE', 'RUN_METRIC_ZSCORE', 'RUN_STATE'] as const;

export type AutomationEvent = (typeof artifactEvents)[number] | (typeof runEvents)[number];
export const automationEvents: readonly AutomationEvent[] = [...artifactEvents, ...runEvents];

export type AutomationActionKind = 'GENERIC_WEBHOOK' | 'NOTIFICATION' | 'NO_OP';

export interface AutomationAction {
  kind: AutomationActionKind;
  integrationId: number | null;
  /** of a webhook: JSON text, verbatim */
  requestPayload: string | null;
  /** of a notification */
  title: string | null;
  message: string | null;
  severity: 'INFO' | 'WARN' | 'ERROR' | null;
}

export interface Automation {
  id: number;
  name: string;
  description: string | null;
  enabled: boolean;
  scope: AutomationScope;
  /** the team, user or organization that owns it; its name is unique there */
  entityId: number;
  /** the project or registry it belongs to; null where it watches a whole entity */
  projectId: number | null;
  event: AutomationEvent;
  /** JSON text of the filter, verbatim */
  filter: string;
  action: AutomationAction;
  createdBy: number | null;
  createdAt: number;
  updatedAt: number;
}

/**
 * Where notifications go. Tokens and secrets are names of the owner's secrets, never values; the address to which Slack
 * is posted is a secret by itself, and not part of what is read.
 */
export interface Integration {
  id: number;
  entityId: number;
  kind: 'webhook' | 'slack';
  name: string;
  /** of a webhook */
  url: string | null;
  accessTokenRef: string | null;
  secretRef: string | null;
  /** of Slack */
  teamName: string | null;
  channelName: string | null;
  createdAt: number;
}

export function isRunEvent(event: AutomationEvent): boolean {
  return (runEvents as readonly string[]).includes(event);
}

export function automationName(name: unknown): string {
  if (typeof name === 'string' && name.trim() !== '' && [...name].length <= 255 && name.isWellFormed()) return name;
  throw new RegistryError('INVALID_NAME', 'An automation needs a name of 1 to 255 characters.');
}

/** Rules that tie event, scope and filter together (W&B's automation model). @throws RegistryError `INVALID_INPUT`, `INVALID_JSON` */
export function requireConsistent(automation: Pick<Automation, 'event' | 'scope' | 'filter' | 'action'>): void {
  const { event, scope, filter, action } = automation;
  if (isRunEvent(event) && scope.kind === 'collection') {
    throw new RegistryError(
      'INVALID_INPUT',
      `${event} watches runs: its scope is a project or a team, not a collection.`,
    );
  }
  if (event === 'CREATE_ARTIFACT' && scope.kind !== 'collection') {
    throw new RegistryError('INVALID_INPUT', 'CREATE_ARTIFACT watches one artifact: give a collection as its scope.');
  }
  if (!isJsonObject(parseJson(filter, 'The event filter', 64))) {
    throw new RegistryError('INVALID_INPUT', 'The event filter must be a JSON object.');
  }
  if (action.requestPayload !== null) parseJson(action.requestPayload, 'The request payload', 64);
  if (action.kind !== 'NO_OP' && action.integrationId === null) {
    throw new RegistryError('INVALID_INPUT', `${action.kind} needs an integration.`);
  }
}

/**
 * Checks a webhook's address at save time; which addresses may be reached is checked again when it fires. What was given
 * is never quoted: such addresses carry tokens.
 */
export function webhookUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RegistryError(
      'INVALID_INPUT',
      'The webhook address must be a URL, for example https://example.com/hook.',
    );
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') {
    throw new RegistryError(
      'INVALID_INPUT',
      'The webhook address must begin with https:// or http:// and hold no user name.',
    );
  }
  return url.href;
}

/** The address of a Slack channel's incoming webhook. */
export function slackWebhookUrl(text: string): string {
  const url = webhookUrl(text);
  if (url.startsWith('https:')) return url;
  throw new RegistryError('INVALID_INPUT', 'The webhook address of Slack must begin with https://.');
}

export function integrationName(name: unknown): string {
  const checked = displayName(name, 'The name of the integration');
  if (/^[-\w]+( +[-\w]+)*$/.test(checked) && checked.length <= 64) return checked;
  throw new RegistryError(
    'INVALID_NAME',
    'The name of an integration has up to 64 letters, digits, "_", "-" and inner spaces.',
  );
}

import { type Integration, integrationName, slackWebhookUrl, webhookUrl } from '../domain/automations.ts';
import { displayName } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';

export type NewIntegration =
  | { kind: 'webhook'; name: string; url: string; accessTokenRef?: string | null; secretRef?: string | null }
  | { kind: 'slack'; name: string; webhookUrl: string; workspace: string; channel: string };

/** Integrations of a team, an organization or a person: where automations send what they have to say. */
export class Integrations {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#clock = clock;
  }

  /** @throws RegistryError `ALREADY_EXISTS` where the owner has one of that name */
  async create(caller: Caller, entityName: string, input: NewIntegration): Promise<Integration> {
    const { entity } = await this.#access.entity(caller, entityName, 'integration.manage');
    const name = integrationName(input.name);
    const { slackUrl, ...details } = input.kind === 'slack' ? slack(input) : webhook(input);
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const integration: Integration = { ...details, id: tx.newId(), entityId: entity.id, name, createdAt: now };
      await tx.automations.insertIntegration(integration, slackUrl);
      await recordEvent(tx, caller, now, 'integration.created', { entityId: entity.id }, { name, kind: input.kind });
      return integration;
    });
  }

  async list(caller: Caller, entityName: string, page: PageRequest): Promise<Page<Integration>> {
    const { entity } = await this.#access.entity(caller, entityName, 'entity.read');
    return this.#store.read.automations.listIntegrations(entity.id, page);
  }

  async get(caller: Caller, entityName: string, id: number): Promise<Integration> {
    const { entity } = await this.#access.entity(caller, entityName, 'entity.read');
    const integration = await this.#store.read.automations.findIntegration(id);
    if (integration?.entityId !== entity.id) throw noIntegration();
    return integration;
  }

  /** @throws RegistryError `CONFLICT` while automations act through it */
  async delete(caller: Caller, entityName: string, id: number): Promise<void> {
    const { entity } = await this.#access.entity(caller, entityName, 'integration.manage');
    await this.#store.transaction(async tx => {
      const integration = await tx.automations.lockIntegration(id);
      if (integration?.entityId !== entity.id) throw noIntegration();
      const users = await tx.automations.countAutomationsThrough(id);
      if (users > 0) {
        throw new RegistryError(
          'CONFLICT',
          `${users} automation${users === 1 ? ' acts' : 's act'} through "${integration.name}"; change or delete ${users === 1 ? 'it' : 'them'} first.`,
        );
      }
      await tx.automations.deleteIntegration(id);
      const { name, kind } = integration;
      await recordEvent(tx, caller, this.#clock.now(), 'integration.deleted', { entityId: entity.id }, { name, kind });
    });
  }
}

const empty = { url: null, accessTokenRef: null, secretRef: null, teamName: null, channelName: null };

function webhook({ url, accessTokenRef = null, secretRef = null }: NewIntegration & { kind: 'webhook' }) {
  return { ...empty, kind: 'webhook' as const, url: webhookUrl(url), accessTokenRef, secretRef, slackUrl: null };
}

function slack({ webhookUrl: address, workspace, channel }: NewIntegration & { kind: 'slack' }) {
  const teamName = displayName(workspace, 'The name of the workspace');
  const channelName = displayName(channel, 'The name of the channel');
  return { ...empty, kind: 'slack' as const, teamName, channelName, slackUrl: slackWebhookUrl(address) };
}

function noIntegration(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such integration, or you may not see it.');
}

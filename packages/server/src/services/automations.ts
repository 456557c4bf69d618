import {
  type Automation,
  type AutomationScope,
  automationName,
  type Integration,
  requireConsistent,
} from '../domain/automations.ts';
import { normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { mayInEntity, mayInProject, roleInEntity } from '../domain/policy.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import type { Collections } from './collections.ts';
import { recordEvent } from './recording.ts';

export type AutomationDraft = Pick<
  Automation,
  'name' | 'description' | 'enabled' | 'scope' | 'event' | 'filter' | 'action'
>;

/** Automations: what is to happen on which event. They are stored and validated here; firing them is the relay's. */
export class Automations {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #collections: Collections;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, collections: Collections, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#collections = collections;
    this.#clock = clock;
  }

  /** @throws RegistryError `ALREADY_EXISTS` where the owner has one of that name */
  async create(caller: Caller, draft: AutomationDraft): Promise<Automation> {
    const place = await this.#place(caller, draft.scope, 'write');
    automationName(draft.name);
    requireConsistent(draft);
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const automation: Automation = {
        ...draft,
        ...place,
        id: tx.newId(),
        name: automationName(draft.name),
        createdBy: caller.principal.userId,
        createdAt: now,
        updatedAt: now,
      };
      await requireFreeName(tx, automation);
      await requireIntegration(tx, automation);
      await tx.automations.insertAutomation(automation);
      await recordEvent(tx, caller, now, 'automation.created', place, { automation: automation.name });
      return automation;
    });
  }

  async update(caller: Caller, id: number, changes: Partial<AutomationDraft>): Promise<Automation> {
    const existing = await this.#get(caller, id, 'write');
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const draft: Automation = { ...existing, ...given };
    const place = await this.#place(caller, draft.scope, 'write');
    automationName(draft.name);
    requireConsistent(draft);
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const automation = { ...draft, ...place, name: automationName(draft.name), updatedAt: now };
      await requireFreeName(tx, automation);
      await requireIntegration(tx, automation);
      await tx.automations.updateAutomation(automation);
      await recordEvent(tx, caller, now, 'automation.updated', place, {
        automation: automation.name,
        from: existing.name,
      });
      return automation;
    });
  }

  /** @throws RegistryError `NOT_FOUND`, also the second time */
  async delete(caller: Caller, id: number): Promise<void> {
    const existing = await this.#get(caller, id, 'write');
    await this.#store.transaction(async tx => {
      if (!(await tx.automations.deleteAutomation(id))) throw noAutomation();
      const subject = { entityId: existing.entityId, projectId: existing.projectId };
      await recordEvent(tx, caller, this.#clock.now(), 'automation.deleted', subject, { automation: existing.name });
    });
  }

  /** Those of a team, user or organization that the caller may see, projects and collections of it included. */
  async listOfEntity(caller: Caller, entityName: string, page: PageRequest, name?: string): Promise<Page<Automation>> {
    const { entity } = await this.#access.entity(caller, entityName, 'entity.read');
    const found = await this.#store.read.automations.listAutomations({ entityIds: [entity.id], name }, page);
    const projects = found.items.flatMap(({ projectId }) => (projectId === null ? [] : [projectId]));
    const readable = await this.#access.readable(caller, projects);
    return { ...found, items: found.items.filter(({ projectId }) => projectId === null || readable.has(projectId)) };
  }

  /** Those of a project, the ones of its collections included. */
  async listOfProject(caller: Caller, projectId: number, page: PageRequest): Promise<Page<Automation>> {
    await this.#access.projectById(caller, projectId, 'project.read');
    return this.#store.read.automations.listAutomations({ projectIds: [projectId] }, page);
  }

  /** The integration of an automation that the caller has loaded. */
  async integrationOf(automation: Automation): Promise<Integration | undefined> {
    const id = automation.action.integrationId;
    return id === null ? undefined : this.#store.read.automations.findIntegration(id);
  }

  async #get(caller: Caller, id: number, need: 'read' | 'write'): Promise<Automation> {
    const automation = await this.#store.read.automations.findAutomation(id);
    if (!automation) throw noAutomation();
    await this.#place(caller, automation.scope, need).catch(error => {
      // Nothing tells one that is hidden from one that does not exist.
      throw error instanceof RegistryError && error.code === 'NOT_FOUND' ? noAutomation() : error;
    });
    return automation;
  }

  /** Owner and project of a scope that the caller may watch or write. */
  async #place(
    caller: Caller,
    scope: AutomationScope,
    need: 'read' | 'write',
  ): Promise<{ entityId: number; projectId: number | null }> {
    if (scope.kind === 'entity') return this.#entityPlace(caller, scope.id, need);
    const found =
      scope.kind === 'collection'
        ? await this.#collections.findById(caller, scope.id)
        : await this.#access.findProjectById(caller, scope.id);
    if (!found)
      throw new RegistryError('NOT_FOUND', 'What the automation watches does not exist, or you may not see it.');
    if (need === 'write' && !mayInProject(found.role, 'automation.write')) {
      throw new RegistryError(
        'FORBIDDEN',
        `You may not manage automations in ${found.project.entityName}/${found.project.name}.`,
      );
    }
    return { entityId: found.project.entityId, projectId: found.project.id };
  }

  async #entityPlace(
    caller: Caller,
    id: number,
    need: 'read' | 'write',
  ): Promise<{ entityId: number; projectId: null }> {
    const entity = await this.#store.read.accounts.findEntity(id);
    const role = entity && roleInEntity(caller.principal, entity);
    if (!entity || !role)
      throw new RegistryError('NOT_FOUND', 'There is no such team or organization that you may see.');
    if (need === 'write' && !mayInEntity(role, 'automation.manage')) {
      throw new RegistryError('FORBIDDEN', `You may not manage automations of "${entity.name}".`);
    }
    return { entityId: entity.id, projectId: null };
  }
}

async function requireFreeName(tx: MetadataTransaction, automation: Automation): Promise<void> {
  const twin = await tx.automations.findAutomationByName(automation.entityId, automation.name);
  if (twin && twin.id !== automation.id) {
    throw new RegistryError(
      'ALREADY_EXISTS',
      `An automation named "${shown(normalizeName(automation.name))}" exists already; choose another name.`,
    );
  }
}

/** An integration belongs to a team or organization; automations of the same organization may act through it. */
async function requireIntegration(tx: MetadataTransaction, { action, entityId }: Automation): Promise<void> {
  if (action.integrationId === null) return;
  const integration = await tx.automations.lockIntegration(action.integrationId);
  if (integration?.entityId === entityId) return;
  const owner = integration && (await tx.accounts.findEntity(integration.entityId));
  const user = await tx.accounts.findEntity(entityId);
  if (owner?.organizationId == null || owner.organizationId !== user?.organizationId)
    throw new RegistryError('NOT_FOUND', 'The automation names an integration that its owner does not have.');
}

function noAutomation(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such automation, or you may not see it.');
}

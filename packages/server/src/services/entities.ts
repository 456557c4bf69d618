import type { Entity, User } from '../domain/accounts.ts';
import { displayName, entityName, normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { coreRegistries } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { type Access, requireInEntity } from './access.ts';
import { nameTaken, noUser } from './account-errors.ts';
import type { Caller } from './caller.ts';
import { disableServiceAccount, joinOrganization } from './membership-changes.ts';
import { recordEvent } from './recording.ts';

/** Organizations and teams. Who is in them: `Members`. */
export class Entities {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#clock = clock;
  }

  async createOrganization(
    caller: Caller,
    input: { name: string; displayName?: string; admin: string },
  ): Promise<Entity> {
    this.#access.instance(caller, 'organizations.create');
    const admin = await this.#person(input.admin);
    return this.#store.transaction(tx => this.insertOrganization(tx, caller, { ...input, adminId: admin.id }));
  }

  /** Inserts an organization with its core registries and its first admin. */
  async insertOrganization(
    tx: MetadataTransaction,
    caller: Caller | null,
    input: { name: string; displayName?: string; adminId: number },
  ): Promise<Entity> {
    const organization = await this.#insertEntity(tx, input, 'organization', null);
    await tx.accounts.setMember(organization.id, input.adminId, 'admin', organization.createdAt);
    for (const core of coreRegistries) {
      const id = tx.newProjectId();
      await tx.projects.insertProject({
        id,
        entityId: organization.id,
        name: core.name,
        description: core.description,
        access: 'PRIVATE',
        allowAllTypes: false,
        createdBy: input.adminId,
        createdAt: organization.createdAt,
      });
      await tx.projects.addAcceptedTypes(id, [...core.types]);
    }
    await recordEvent(
      tx,
      caller,
      organization.createdAt,
      'organization.created',
      { entityId: organization.id },
      { name: organization.name },
    );
    return organization;
  }

  async createTeam(
    caller: Caller,
    input: { name: string; displayName?: string; organization: string; admin?: string },
  ): Promise<Entity> {
    const organization = await this.#organization(caller, input.organization);
    requireInEntity(caller, organization, 'team.create');
    const admin = await this.#person(input.admin ?? caller.principal.username);
    return this.#store.transaction(tx =>
      this.insertTeam(tx, caller, {
        ...input,
        organizationId: organization.id,
        adminId: admin.id,
      }),
    );
  }

  async insertTeam(
    tx: MetadataTransaction,
    caller: Caller | null,
    input: { name: string; displayName?: string; organizationId: number; adminId: number },
  ): Promise<Entity> {
    const team = await this.#insertEntity(tx, input, 'team', input.organizationId);
    await tx.accounts.setMember(team.id, input.adminId, 'admin', team.createdAt);
    await joinOrganization(tx, input.organizationId, input.adminId, team.createdAt);
    await recordEvent(tx, caller, team.createdAt, 'team.created', { entityId: team.id }, { name: team.name });
    return team;
  }

  async getEntity(caller: Caller, kind: 'team' | 'organization', name: string): Promise<Entity> {
    if (kind === 'organization') return this.#organization(caller, name);
    const { entity } = await this.#access.entity(caller, name, 'entity.read');
    if (entity.kind !== kind)
      throw new RegistryError('NOT_FOUND', `There is no ${kind} "${shown(name)}" that you may see.`);
    return entity;
  }

  /** Bytes of the versions that were logged under a user or a team that the caller was given already. */
  async storedBytes(entity: Entity): Promise<number> {
    return (await this.#store.read.blobs.usage(entity.id)).logicalBytes;
  }

  async listEntities(
    caller: Caller,
    kind: 'team' | 'organization',
    page: PageRequest,
    organization?: string,
  ): Promise<Page<Entity>> {
    const organizationId = organization === undefined ? undefined : (await this.#organization(caller, organization)).id;
    const { principal } = caller;
    // Whoever belongs to an organization sees that its teams exist (`roleInEntity`); elsewhere only one's own are listed.
    const ids = principal.instanceAdmin || organizationId !== undefined ? undefined : [...principal.memberships.keys()];
    return this.#store.read.accounts.listEntities(kind, page, { ids, organizationId });
  }

  async updateEntity(
    caller: Caller,
    kind: 'team' | 'organization',
    name: string,
    changes: { name?: string; displayName?: string },
  ): Promise<Entity> {
    const entity = await this.getEntity(caller, kind, name);
    requireInEntity(caller, entity, 'entity.edit');
    const newName = changes.name === undefined ? undefined : entityName(changes.name);
    await this.#store.transaction(async tx => {
      if (newName !== undefined && newName !== entity.name && (await tx.accounts.isEntityNameTaken(newName)))
        throw nameTaken(newName);
      await tx.accounts.updateEntity(entity.id, {
        name: newName,
        displayName: changes.displayName === undefined ? undefined : displayName(changes.displayName),
      });
      await recordEvent(
        tx,
        caller,
        this.#clock.now(),
        `${kind}.updated`,
        { entityId: entity.id },
        { from: entity.name, changes },
      );
    });
    return this.getEntity(caller, kind, newName ?? entity.name);
  }

  /** Only an empty team or organization goes; its name stays reserved. */
  async deleteEntity(caller: Caller, kind: 'team' | 'organization', name: string): Promise<void> {
    const entity = await this.getEntity(caller, kind, name);
    requireInEntity(caller, entity, 'entity.delete');
    await this.#store.transaction(async tx => {
      const projects = await this.#projectsThatHoldSomething(tx, entity);
      const teams =
        kind === 'organization'
          ? await tx.accounts.listEntities('team', { limit: 1 }, { organizationId: entity.id })
          : undefined;
      if (projects > 0 || (teams && teams.items.length > 0)) {
        throw new RegistryError(
          'NOT_EMPTY',
          `"${entity.name}" still has projects, registries or teams; delete those first.`,
        );
      }
      const now = this.#clock.now();
      for (const member of (await tx.accounts.listMembers(entity.id)).items)
        if (member.serviceAccount) await disableServiceAccount(tx, caller, member, now);
      await tx.accounts.deleteEntity(entity.id, now);
      await recordEvent(tx, caller, now, `${kind}.deleted`, { entityId: entity.id }, { name: entity.name });
    });
  }

  async #insertEntity(
    tx: MetadataTransaction,
    input: { name: string; displayName?: string },
    kind: 'team' | 'organization',
    organizationId: number | null,
  ): Promise<Entity> {
    const name = entityName(input.name, `The name of the ${kind}`);
    if (await tx.accounts.isEntityNameTaken(name)) throw nameTaken(name);
    const id = tx.newId();
    const entity: Entity = {
      id,
      name,
      kind,
      displayName: input.displayName === undefined ? name : displayName(input.displayName),
      organizationId: kind === 'organization' ? id : organizationId,
      createdAt: this.#clock.now(),
    };
    await tx.accounts.insertEntity(entity);
    return entity;
  }

  async #projectsThatHoldSomething(tx: MetadataTransaction, entity: Entity): Promise<number> {
    const count = await tx.accounts.countProjects(entity.id);
    if (entity.kind === 'team') return count;
    // The core registries come with the organization: empty ones go with it.
    const { items } = await tx.projects.listProjects(entity.id, { limit: 1000 });
    const core = items.filter(project => coreRegistries.some(({ name }) => name === project.name)).map(({ id }) => id);
    const held = core.length === 0 ? 0 : await tx.collections.countCollections(core, {});
    return count - core.length + held;
  }

  /** Somebody who may lead a team or an organization: neither disabled nor a service account. */
  async #person(username: string): Promise<User> {
    const user = await this.#store.read.accounts.findUserByName(normalizeName(username));
    if (!user || user.disabled || user.serviceTeamId !== null) throw noUser(username);
    return user;
  }

  /** By name or display name; only those the caller is in. @throws RegistryError `NOT_FOUND` */
  async #organization(caller: Caller, name: string): Promise<Entity> {
    const ids = caller.principal.instanceAdmin ? undefined : organizationIds(caller);
    const found = await this.#store.read.accounts.findOrganizations(normalizeName(name), ids);
    const exact = found.find(entity => entity.name === normalizeName(name)) ?? found[0];
    if (!exact) throw organizationNotFound(name);
    return exact;
  }
}

export function organizationNotFound(name: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no organization "${shown(name)}" that you may see.`);
}

/** Organizations the caller belongs to, directly or through a team. */
export function organizationIds(caller: Caller): number[] {
  const ids = new Set<number>();
  for (const [id, membership] of caller.principal.memberships) {
    if (membership.kind === 'organization') ids.add(id);
    else if (membership.organizationId !== null) ids.add(membership.organizationId);
  }
  return [...ids];
}

import { artifactType } from '../domain/artifact-types.ts';
import { normalizeName, projectName } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { mayInEntity, roleInEntity } from '../domain/policy.ts';
import {
  isCoreRegistry,
  isRegistry,
  type Project,
  type ProjectAccess,
  type ProjectMember,
  type ProjectTeam,
  registryPrefix,
} from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { isAtLeast, type Role, roles } from '../domain/roles.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, projectNotFound, requireAction } from './access.ts';
import type { Caller } from './caller.ts';
import { type Entities, organizationIds, organizationNotFound } from './entities.ts';
import { recordEvent } from './recording.ts';

/** Registries of an organization: who is in them, and which types they take. */
export class Registries {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #entities: Entities;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, entities: Entities, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#entities = entities;
    this.#clock = clock;
  }

  /** A registry by its name, with or without the `wandb-registry-` prefix; the organization by name or display name. */
  async get(caller: Caller, organization: string, name: string): Promise<AccessibleProject> {
    const asked = normalizeName(organization);
    const ids = caller.principal.instanceAdmin ? undefined : organizationIds(caller);
    const homes = await this.#access.inOrganizations(caller, asked, withPrefix(name), ids);
    const home = homes.find(one => one.organization === asked) ?? homes[0];
    if (!home) throw organizationNotFound(organization);
    if (!home.found) throw projectNotFound(home.organization, withPrefix(name));
    requireAction(home.found, 'project.read');
    return home.found;
  }

  async list(caller: Caller, organization: string, page: PageRequest): Promise<Page<Project>> {
    const owner = await this.#entities.getEntity(caller, 'organization', organization);
    const found = await this.#store.read.projects.listProjects(owner.id, page, 'registries');
    const readable = await this.#access.readable(
      caller,
      found.items.map(({ id }) => id),
    );
    return { ...found, items: found.items.filter(({ id }) => readable.has(id)) };
  }

  async create(
    caller: Caller,
    organization: string,
    input: { name: string; description?: string | null; access?: ProjectAccess; types?: string[] },
  ): Promise<Project> {
    const owner = await this.#entities.getEntity(caller, 'organization', organization);
    if (!mayInEntity(roleInEntity(caller.principal, owner), 'registry.create')) {
      throw new RegistryError(
        'FORBIDDEN',
        `You may not create registries in "${owner.name}"; ask one of its admins to make you a member.`,
      );
    }
    const name = projectName(withPrefix(input.name), 'The registry name');
    if (name === registryPrefix)
      throw new RegistryError('INVALID_NAME', 'The registry needs a name of its own after the prefix.');
    const types = input.types?.map(artifactType);
    const id = await this.#store.transaction(async tx => {
      const projectId = tx.newProjectId();
      const now = this.#clock.now();
      await tx.projects.insertProject({
        id: projectId,
        entityId: owner.id,
        name,
        description: input.description ?? null,
        access: input.access ?? 'PRIVATE',
        allowAllTypes: types === undefined || types.length === 0,
        createdBy: caller.principal.userId,
        createdAt: now,
      });
      if (types) await tx.projects.addAcceptedTypes(projectId, types);
      // The creator administers it (W&B registry roles).
      await tx.projects.setProjectMember(projectId, caller.principal.userId, 'admin');
      await recordEvent(
        tx,
        caller,
        now,
        'registry.created',
        { entityId: owner.id, projectId },
        { name, access: input.access ?? 'PRIVATE', types },
      );
      return projectId;
    });
    return (await this.#access.projectById(caller, id, 'project.read')).project;
  }

  /** Visibility and accepted types; types can be added, never taken away. */
  async configure(
    caller: Caller,
    found: AccessibleProject,
    changes: { access?: ProjectAccess; allowAllTypes?: boolean; addTypes?: string[] },
  ): Promise<Project> {
    const { project } = found;
    requireRegistry(project);
    requireAction(found, 'project.settings');
    if (isCoreRegistry(project) && changes.access !== undefined && changes.access !== project.access) {
      throw new RegistryError('IMMUTABLE', `The visibility of the core registry "${project.name}" is fixed.`);
    }
    const types = changes.addTypes?.map(artifactType) ?? [];
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      await tx.projects.updateProject(project.id, {
        access: changes.access,
        allowAllTypes: changes.allowAllTypes,
        updatedAt: now,
      });
      if (types.length > 0) await tx.projects.addAcceptedTypes(project.id, types);
      await recordEvent(
        tx,
        caller,
        now,
        'registry.updated',
        { entityId: project.entityId, projectId: project.id },
        { changes },
      );
    });
    return (await this.#access.projectById(caller, project.id, 'project.read')).project;
  }

  async acceptedTypes(caller: Caller, project: Project): Promise<string[]> {
    await this.#access.projectById(caller, project.id, 'project.read');
    return this.#store.read.projects.listAcceptedTypes(project.id);
  }

  async members(caller: Caller, found: AccessibleProject): Promise<{ users: ProjectMember[]; teams: ProjectTeam[] }> {
    requireAction(found, 'project.read');
    const { projects } = this.#store.read;
    await this.#access.projectById(caller, found.project.id, 'project.read');
    return {
      users: await projects.listProjectMembers(found.project.id),
      teams: await projects.listProjectTeams(found.project.id),
    };
  }

  async setUserRole(caller: Caller, found: AccessibleProject, userId: number, role: Role): Promise<void> {
    const { project } = found;
    requireMembersMayBeManaged(found);
    requireRole(role);
    await this.#store.transaction(async tx => {
      const user = await tx.accounts.findUser(userId);
      if (!user || !(await isInOrganization(tx.accounts, project.entityId, userId))) {
        throw new RegistryError(
          'NOT_FOUND',
          `Only people of "${project.entityName}" can be members of its registries; add the user there first.`,
        );
      }
      if (user.serviceTeamId !== null && !isAtLeast(role, 'member'))
        throw new RegistryError(
          'INVALID_INPUT',
          'A service account is a member or an admin of a registry, not a viewer.',
        );
      await tx.projects.setProjectMember(project.id, userId, role);
      const subject = { entityId: project.entityId, projectId: project.id };
      await recordEvent(tx, caller, this.#clock.now(), 'registry.member_set', subject, {
        username: user.username,
        role,
      });
    });
  }

  async setTeamRole(caller: Caller, found: AccessibleProject, teamId: number, role: Role): Promise<void> {
    const { project } = found;
    requireMembersMayBeManaged(found);
    requireRole(role);
    await this.#store.transaction(async tx => {
      const team = await tx.accounts.findEntity(teamId);
      if (team?.kind !== 'team' || team.organizationId !== project.entityId) {
        throw new RegistryError('NOT_FOUND', `There is no such team in "${project.entityName}".`);
      }
      await tx.projects.setProjectTeam(project.id, teamId, role);
      const subject = { entityId: project.entityId, projectId: project.id };
      await recordEvent(tx, caller, this.#clock.now(), 'registry.member_set', subject, { team: team.name, role });
    });
  }

  async remove(caller: Caller, found: AccessibleProject, who: { userIds: number[]; teamIds: number[] }): Promise<void> {
    const { project } = found;
    requireMembersMayBeManaged(found);
    await this.#store.transaction(async tx => {
      for (const id of who.userIds) await tx.projects.removeProjectMember(project.id, id);
      for (const id of who.teamIds) await tx.projects.removeProjectTeam(project.id, id);
      const subject = { entityId: project.entityId, projectId: project.id };
      await recordEvent(tx, caller, this.#clock.now(), 'registry.member_removed', subject, who);
    });
  }
}

export function withPrefix(name: string): string {
  return name.startsWith(registryPrefix) ? name : `${registryPrefix}${name}`;
}

function requireRegistry(project: Project): void {
  if (!isRegistry(project))
    throw new RegistryError('INVALID_INPUT', `"${project.entityName}/${project.name}" is a project, not a registry.`);
}

function requireMembersMayBeManaged(found: AccessibleProject): void {
  requireRegistry(found.project);
  requireAction(found, 'members.manage');
}

function requireRole(role: Role): void {
  if (!roles.includes(role)) throw new RegistryError('INVALID_INPUT', `The role must be one of ${roles.join(', ')}.`);
}

async function isInOrganization(
  accounts: { listMembershipsOf(userId: number): Promise<{ entityId: number; organizationId: number | null }[]> },
  organizationId: number,
  userId: number,
): Promise<boolean> {
  const memberships = await accounts.listMembershipsOf(userId);
  return memberships.some(one => one.entityId === organizationId || one.organizationId === organizationId);
}

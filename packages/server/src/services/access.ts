import type { Entity } from '../domain/accounts.ts';
import { normalizeName, shown } from '../domain/names.ts';
import {
  type EntityAction,
  type InstanceAction,
  mayInEntity,
  mayInInstance,
  mayInProject,
  type ProjectAction,
  roleInEntity,
  roleInProject,
  teamIds,
} from '../domain/policy.ts';
import { isRegistry, type Project } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Role } from '../domain/roles.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';

/** A project together with what the caller is in it; handed out only where the caller may at least read. */
export interface AccessibleProject {
  project: Project;
  role: Role;
}

/**
 * The one place where an object is loaded for somebody. What the caller may not see and what does not exist answer
 * alike, `NOT_FOUND`; what it may see but not do is `FORBIDDEN`.
 */
export class Access {
  readonly #store: MetadataStore;

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  async project(caller: Caller, entityName: string, name: string, action: ProjectAction): Promise<AccessibleProject> {
    const project = await this.#store.read.projects.findProjectByName(normalizeName(entityName), normalizeName(name));
    const found = project && (await this.findAccessible(caller, project));
    if (!found) throw projectNotFound(entityName, name);
    requireAction(found, action);
    return found;
  }

  async projectById(caller: Caller, id: number, action: ProjectAction): Promise<AccessibleProject> {
    const found = await this.findProjectById(caller, id);
    if (!found) throw new RegistryError('NOT_FOUND', 'There is no such project, or you may not see it.');
    requireAction(found, action);
    return found;
  }

  async findProject(caller: Caller, entityName: string, name: string): Promise<AccessibleProject | undefined> {
    const project = await this.#store.read.projects.findProjectByName(normalizeName(entityName), normalizeName(name));
    return project && this.findAccessible(caller, project);
  }

  /**
   * The project of that name in each organization that goes by a name or display name, one of `ids` where they are
   * given; without the project where there is none that the caller may see. Old names lead to new ones.
   */
  async inOrganizations(
    caller: Caller,
    organization: string,
    project: string,
    ids: number[] | undefined,
  ): Promise<{ organization: string; found: AccessibleProject | undefined }[]> {
    const { accounts, projects } = this.#store.read;
    const named = await projects.findInOrganizations(organization, normalizeName(project), ids);
    const homes =
      named.length > 0
        ? named
        : (await accounts.findOrganizations(organization, ids)).map(({ name }) => ({
            organization: name,
            project: undefined,
          }));
    const found: { organization: string; found: AccessibleProject | undefined }[] = [];
    for (const home of homes)
      found.push({
        organization: home.organization,
        found: home.project
          ? await this.findAccessible(caller, home.project)
          : await this.findProject(caller, home.organization, project),
      });
    return found;
  }

  async findProjectById(caller: Caller, id: number): Promise<AccessibleProject | undefined> {
    const project = await this.#store.read.projects.findProject(id);
    return project && this.findAccessible(caller, project);
  }

  /** Those of the projects that the caller may read, by id. */
  async readable(caller: Caller, projectIds: readonly number[]): Promise<Map<number, AccessibleProject>> {
    const readable = new Map<number, AccessibleProject>();
    for (const project of await this.#store.read.projects.findProjects([...new Set(projectIds)])) {
      const found = await this.findAccessible(caller, project);
      if (found) readable.set(project.id, found);
    }
    return readable;
  }

  async findAccessible(caller: Caller, project: Project): Promise<AccessibleProject | undefined> {
    const { principal } = caller;
    const needsGrants = isRegistry(project) || project.access === 'RESTRICTED';
    const grants =
      needsGrants && !principal.instanceAdmin
        ? await this.#store.read.projects.findGrants(project.id, principal.userId, teamIds(principal))
        : { direct: null, throughTeams: [] };
    const role = roleInProject(principal, project, grants);
    return role === null ? undefined : { project, role };
  }

  /** An entity by name. @throws RegistryError `NOT_FOUND`, `FORBIDDEN` */
  async entity(caller: Caller, name: string, action: EntityAction): Promise<{ entity: Entity; role: Role }> {
    const found = await this.findEntity(caller, name);
    if (!found)
      throw new RegistryError('NOT_FOUND', `There is no user, team or organization "${shown(name)}" that you may see.`);
    if (!mayInEntity(found.role, action)) throw forbidden(`in "${shown(name)}"`, action, found.role);
    return found;
  }

  async findEntity(caller: Caller, name: string): Promise<{ entity: Entity; role: Role } | undefined> {
    const entity = await this.#store.read.accounts.findEntityByName(normalizeName(name));
    const role = entity && roleInEntity(caller.principal, entity);
    return entity && role ? { entity, role } : undefined;
  }

  instance(caller: Caller, action: InstanceAction): void {
    if (!mayInInstance(caller.principal, action)) {
      throw new RegistryError('FORBIDDEN', `Only an administrator of this server may do this (${action}).`);
    }
  }
}

export function requireAction({ project, role }: AccessibleProject, action: ProjectAction): void {
  if (!mayInProject(role, action)) throw forbidden(`in ${project.entityName}/${project.name}`, action, role);
}

/** The same for an entity that the caller was given already. */
export function requireInEntity({ principal }: Caller, entity: Entity, action: EntityAction): void {
  if (mayInEntity(roleInEntity(principal, entity), action)) return;
  throw new RegistryError('FORBIDDEN', `You may not do this in "${entity.name}" (${action}); ask one of its admins.`);
}

function forbidden(where: string, action: string, role: Role): RegistryError {
  return new RegistryError(
    'FORBIDDEN',
    `You are ${role} ${where}, which does not permit ${action}. Ask an admin there for a role that does.`,
    {
      details: { action, role },
    },
  );
}

export function projectNotFound(entityName: string, name: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no project "${shown(entityName)}/${shown(name)}" that you may see.`);
}

import { collectionName, projectName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { mayInEntity } from '../domain/policy.ts';
import { isCoreRegistry, isRegistry, type Project, registryPrefix } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';

/** Projects: the namespaces of runs and artifacts. (Registries are projects too; what is special to them is in `Registries`.) */
export class Projects {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#clock = clock;
  }

  /** The project, made where it is missing and the caller may make it (W&B creates projects on first write). */
  async ensure(
    caller: Caller,
    entityName: string,
    name: string,
    action: Parameters<typeof requireAction>[1],
  ): Promise<AccessibleProject> {
    const existing = await this.#access.findProject(caller, entityName, name);
    if (existing) {
      requireAction(existing, action);
      return existing;
    }
    await this.create(caller, entityName, { name }).catch(error => {
      // Somebody else made it in the meantime, or it exists unseen: the look-up below tells which.
      if (!(error instanceof RegistryError && error.code === 'ALREADY_EXISTS')) throw error;
    });
    return this.#access.project(caller, entityName, name, action);
  }

  async create(caller: Caller, owner: string, input: { name: string; description?: string | null }): Promise<Project> {
    const { entity, role } = await this.#access.entity(caller, owner, 'entity.read');
    const name = projectName(input.name);
    if (entity.kind === 'organization') {
      throw new RegistryError(
        'NOT_FOUND',
        `There is no registry "${shown(owner)}/${shown(name)}". An organization holds registries only: create it first, or give a team or a user as the entity.`,
      );
    }
    if (name.startsWith(registryPrefix)) {
      throw new RegistryError(
        'INVALID_NAME',
        `Names that begin with "${registryPrefix}" belong to an organization's registries; choose another.`,
      );
    }
    if (!mayInEntity(role, 'project.create')) {
      throw new RegistryError(
        'FORBIDDEN',
        `You may not create projects in "${entity.name}"; ask one of its admins to make you a member.`,
      );
    }
    const id = await this.#store.transaction(async tx => {
      const projectId = tx.newProjectId();
      const now = this.#clock.now();
      await tx.projects.insertProject({
        id: projectId,
        entityId: entity.id,
        name,
        description: input.description ?? null,
        access: 'PRIVATE',
        allowAllTypes: true,
        createdBy: caller.principal.userId,
        createdAt: now,
      });
      await recordEvent(tx, caller, now, 'project.created', { entityId: entity.id, projectId }, { name });
      return projectId;
    });
    return (await this.#access.projectById(caller, id, 'project.read')).project;
  }

  async get(caller: Caller, entityName: string, name: string): Promise<AccessibleProject> {
    return this.#access.project(caller, entityName, name, 'project.read');
  }

  /** Projects of an entity that the caller may see, registries left out. */
  async list(caller: Caller, owner: string, page: PageRequest): Promise<Page<Project>> {
    const { entity } = await this.#access.entity(caller, owner, 'entity.read');
    return this.#visible(caller, await this.#store.read.projects.listProjects(entity.id, page, 'projects'));
  }

  async update(
    caller: Caller,
    found: AccessibleProject,
    changes: { name?: string; description?: string | null },
  ): Promise<Project> {
    requireAction(found, 'project.edit');
    const { project } = found;
    if (changes.name !== undefined) {
      requireAction(found, 'project.settings');
      if (isCoreRegistry(project))
        throw new RegistryError('IMMUTABLE', `The core registry "${project.name}" cannot be renamed.`);
    }
    const name = changes.name === undefined ? undefined : projectName(changes.name);
    if (name !== undefined && name.startsWith(registryPrefix) !== isRegistry(project)) {
      throw new RegistryError(
        'INVALID_NAME',
        `The prefix "${registryPrefix}" marks registries: a project cannot take it, a registry keeps it.`,
      );
    }
    const kind = isRegistry(project) ? 'registry' : 'project';
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      await tx.projects.updateProject(project.id, { name, description: changes.description, updatedAt: now });
      const type =
        name !== undefined && name !== project.name ? (`${kind}.renamed` as const) : (`${kind}.updated` as const);
      await recordEvent(
        tx,
        caller,
        now,
        type,
        { entityId: project.entityId, projectId: project.id },
        { from: project.name, changes },
      );
    });
    return (await this.#access.projectById(caller, project.id, 'project.read')).project;
  }

  /** Deletes the project with its runs and artifacts. Versions that others link to keep it (409). */
  async delete(caller: Caller, found: AccessibleProject): Promise<void> {
    requireAction(found, 'project.delete');
    const { project } = found;
    if (isCoreRegistry(project))
      throw new RegistryError('IMMUTABLE', `The core registry "${project.name}" cannot be deleted.`);
    await this.#store.transaction(async tx => {
      if (!isRegistry(project)) {
        const held = await tx.collections.countCollections([project.id], { kind: 'artifact' });
        if (held > 0) {
          throw new RegistryError(
            'NOT_EMPTY',
            `"${project.entityName}/${project.name}" still holds ${held} artifact(s); delete those first.`,
          );
        }
      }
      const now = this.#clock.now();
      await tx.projects.deleteProject(project.id, now);
      const type = isRegistry(project) ? 'registry.deleted' : 'project.deleted';
      await recordEvent(
        tx,
        caller,
        now,
        type,
        { entityId: project.entityId, projectId: project.id },
        { name: project.name },
      );
    });
  }

  async #visible(caller: Caller, page: Page<Project>): Promise<Page<Project>> {
    const readable = await this.#access.readable(
      caller,
      page.items.map(({ id }) => id),
    );
    return { ...page, items: page.items.filter(({ id }) => readable.has(id)) };
  }
}

/** Name of a registered model or an artifact, checked with the words the user knows it by. */
export function checkedCollectionName(name: string, kind: 'artifact' | 'registered_model'): string {
  return collectionName(name, kind === 'artifact' ? 'The artifact name' : 'The name of the registered model');
}

import type { Collection } from '../domain/collections.ts';
import type { ProjectAction } from '../domain/policy.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import type { Caller } from './caller.ts';

/** A version the caller may see, by its artifact's project or by a project that links it. */
export interface AccessibleVersion {
  version: Version;
  /** the project through which the caller reaches it, the artifact's own where possible */
  through: AccessibleProject;
  /** false where it is reached by a link only */
  atSource: boolean;
}

/** Loads versions for somebody. A linked version is readable through every registry that the caller may read. */
export class VersionAccess {
  readonly #store: MetadataStore;
  readonly #access: Access;

  constructor(store: MetadataStore, access: Access) {
    this.#store = store;
    this.#access = access;
  }

  /** A committed version, or the caller's own pending one; a merged one leads to its winner. */
  async find(caller: Caller, id: number): Promise<AccessibleVersion | undefined> {
    const { read } = this.#store;
    let version = await read.versions.findVersion(id);
    if (version?.state === 'merged' && version.mergedInto !== null)
      version = await read.versions.findVersion(version.mergedInto);
    if (!version) return undefined;
    const source = await this.#access.findProjectById(caller, version.projectId);
    if (version.state !== 'committed') {
      const own = source && version.state === 'pending' && version.createdBy === caller.principal.userId;
      return own ? { version, through: source, atSource: true } : undefined;
    }
    if (source) return { version, through: source, atSource: true };
    const through = await this.#throughLink(caller, version.id);
    return through && { version, through, atSource: false };
  }

  async get(caller: Caller, id: number, action: ProjectAction): Promise<AccessibleVersion> {
    const found = await this.find(caller, id);
    if (!found) throw new RegistryError('NOT_FOUND', 'There is no such version, or you may not see it.');
    if (!found.atSource && action !== 'project.read' && action !== 'file.read') {
      throw new RegistryError(
        'FORBIDDEN',
        'You see this version through a link only; changing it needs a role in the project it was logged to.',
      );
    }
    requireAction(found.through, action);
    return found;
  }

  /** Whether the caller may read the bytes: by the source project, or by any registry that links the version. */
  async mayReadFiles(caller: Caller, versionId: number): Promise<boolean> {
    try {
      await this.getFiles(caller, versionId);
      return true;
    } catch (error) {
      if (error instanceof RegistryError) return false;
      throw error;
    }
  }

  async getFiles(caller: Caller, versionId: number): Promise<Version> {
    const found = await this.find(caller, versionId);
    if (!found) throw new RegistryError('NOT_FOUND', 'There is no such version, or you may not see it.');
    if (found.through.role === 'restricted_viewer') {
      // Another link may give more than the first way in.
      for (const through of await this.#links(caller, versionId))
        if (through.role !== 'restricted_viewer') return found.version;
    }
    requireAction(found.through, 'file.read');
    return found.version;
  }

  /** The collection a version was logged to, where the caller may see that project; undefined otherwise. */
  async findSource(
    caller: Caller,
    version: Version,
  ): Promise<{ collection: Collection; project: AccessibleProject } | undefined> {
    const home = await this.#store.read.collections.findCollectionAtHome(version.collectionId);
    const project = home && (await this.#access.findAccessible(caller, home.project));
    return project && { collection: home.collection, project };
  }

  async #throughLink(caller: Caller, versionId: number): Promise<AccessibleProject | undefined> {
    const links = await this.#links(caller, versionId);
    return links.find(({ role }) => role !== 'restricted_viewer') ?? links[0];
  }

  async #links(caller: Caller, versionId: number): Promise<AccessibleProject[]> {
    const { collections } = this.#store.read;
    const memberships = await collections.listMembershipsOfVersions([versionId]);
    const homes = await collections.findCollections(memberships.map(({ collectionId }) => collectionId));
    return [
      ...(
        await this.#access.readable(
          caller,
          homes.map(({ projectId }) => projectId),
        )
      ).values(),
    ];
  }
}

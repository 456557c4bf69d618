import { aliasNames, latest } from '../domain/aliases.ts';
import type { Collection, Membership } from '../domain/collections.ts';
import { collectionName, shown } from '../domain/names.ts';
import { isRegistry, legacyRegistryProject, type Project, registryPrefix } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { Foreseen } from '../ports/metadata/foreseen.ts';
import type { FoundPlace } from '../ports/metadata/search.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import { moveAlias, removeMembership } from './alias-moves.ts';
import type { Caller } from './caller.ts';
import { type AccessibleCollection, type Collections, requireAcceptedType, subjectOf } from './collections.ts';
import { lookAgain } from './look-again.ts';
import type { Projects } from './projects.ts';
import { recordEvent } from './recording.ts';
import type { VersionAccess } from './version-access.ts';

export interface LinkTarget {
  entity: string;
  project: string;
  /** the registered model, made by its first link */
  name: string;
}

/** A version's place in a registered model, reached through the project of that. */
export interface Link extends FoundPlace {
  collection: Collection;
  through: AccessibleProject;
  /** false where it was linked before */
  created: boolean;
}

/** A link that is asked for together with the version itself. */
export interface NewLink {
  /** the registry, as the caller reached it */
  through: AccessibleProject;
  /** the registered model, made by its first link */
  name: string;
  aliases: string[];
}

/** Links of versions into registered models: bookmarks with numbers and aliases of their own, never copies. */
export class Links {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #projects: Projects;
  readonly #collections: Collections;
  readonly #versions: VersionAccess;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    access: Access;
    projects: Projects;
    collections: Collections;
    versionAccess: VersionAccess;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#projects = parts.projects;
    this.#collections = parts.collections;
    this.#versions = parts.versionAccess;
    this.#clock = parts.clock;
  }

  /**
   * Links a version and points `latest` and the given aliases of the registered model at it. What is linked already
   * keeps its number; what was unlinked takes a new one.
   */
  async link(caller: Caller, versionId: number, target: LinkTarget, aliases: string[]): Promise<Link> {
    return this.#linkInto(caller, versionId, target.name, aliases, () => this.#target(caller, target));
  }

  /** The same into a registry, or another place, that the caller was given already. */
  async linkWithin(
    caller: Caller,
    versionId: number,
    through: AccessibleProject,
    name: string,
    aliases: string[],
  ): Promise<Link> {
    return this.#linkInto(caller, versionId, name, aliases, async () => {
      requireAction(through, 'link.write');
      return through;
    });
  }

  async #linkInto(
    caller: Caller,
    versionId: number,
    name: string,
    aliases: string[],
    findTarget: () => Promise<AccessibleProject>,
  ): Promise<Link> {
    const names = aliasNames(aliases);
    collectionName(name, 'The name of the registered model');
    const version = await this.#versions.getFiles(caller, versionId);
    if (version.state !== 'committed') {
      throw new RegistryError('CONFLICT', 'Only a committed version can be linked: wait for its upload to finish.');
    }
    const through = await findTarget();
    const source = await this.#store.read.collections.findCollectionAtHome(version.collectionId);
    await this.#requireSameOrganization(source?.project, through);
    if (!source) throw new RegistryError('NOT_FOUND', 'The artifact of this version was deleted in the meantime.');
    // Somebody else made the registered model, or the same link, at the same moment.
    const link = { through, name, aliases: names };
    return lookAgain(() =>
      this.#store.transaction(tx => this.linkCommitted(tx, caller, version.id, source.collection, link)),
    );
  }

  /** What there is to say against links of a version that is yet to be made. @returns them as they will be kept */
  async check(home: AccessibleProject, links: readonly NewLink[]): Promise<NewLink[]> {
    const checked: NewLink[] = [];
    const targets = new Set<string>();
    for (const { through, name, aliases } of links) {
      requireAction(home, 'file.read');
      requireAction(through, 'link.write');
      await this.#requireSameOrganization(home.project, through);
      const target = `${through.project.id}/${collectionName(name, 'The name of the registered model')}`;
      if (targets.has(target))
        throw new RegistryError('INVALID_INPUT', `"${shown(name)}" stands twice in the links; name each once.`);
      targets.add(target);
      checked.push({ through, name, aliases: aliasNames(aliases) });
    }
    return checked;
  }

  /** What making these checked links will look at. */
  foresee(links: readonly NewLink[]): Foreseen {
    const registries = links.map(({ through }) => through.project).filter(isRegistry);
    return {
      collections: links.map(({ through, name, aliases }) => ({
        projectId: through.project.id,
        name: collectionName(name),
        aliases: [latest, ...aliases],
      })),
      acceptedTypesOf: registries.filter(({ allowAllTypes }) => !allowAllTypes).map(({ id }) => id),
    };
  }

  /** Takes a link away; the version itself and its other links stay. False where it was not linked. */
  async unlink(caller: Caller, found: AccessibleCollection, versionId: number): Promise<boolean> {
    const { collection } = found;
    if (collection.kind === 'artifact') {
      throw new RegistryError(
        'INVALID_INPUT',
        `"${collection.name}" is the artifact the version was logged to; there is nothing to unlink. Delete the version instead.`,
      );
    }
    requireAction(found, 'link.write');
    return this.#store.transaction(async tx => {
      const membership = await tx.collections.findMembershipOfVersion(collection.id, versionId);
      if (!membership) return false;
      const now = this.#clock.now();
      await removeMembership(tx, { caller, at: now }, collection, membership);
      const details = { collection: collection.name, number: membership.number };
      await recordEvent(tx, caller, now, 'version.unlinked', { ...subjectOf(collection), versionId }, details);
      return true;
    });
  }

  /** Links a version that is there, inside a transaction. */
  async linkCommitted(
    tx: MetadataTransaction,
    caller: Caller,
    versionId: number,
    source: Collection,
    link: NewLink,
  ): Promise<Link> {
    const version = await tx.versions.lockVersion(versionId);
    if (version?.state !== 'committed')
      throw new RegistryError('NOT_FOUND', 'The version was deleted in the meantime.');
    const collection = await this.#model(tx, caller, source, link);
    const existing = await tx.collections.findMembershipOfVersion(collection.id, version.id);
    return this.#place(tx, caller, version, source, link, collection, existing);
  }

  /** The same for a version that this transaction commits: it has no link yet. */
  async linkNew(
    tx: MetadataTransaction,
    caller: Caller,
    version: Version,
    source: Collection,
    link: NewLink,
  ): Promise<Link> {
    return this.#place(tx, caller, version, source, link, await this.#model(tx, caller, source, link), undefined);
  }

  /** The registered model of a link, which takes versions like those of the source. */
  async #model(
    tx: MetadataTransaction,
    caller: Caller,
    source: Collection,
    { through, name }: NewLink,
  ): Promise<Collection> {
    const collection =
      (await tx.collections.findCollectionByName(through.project.id, collectionName(name))) ??
      (await this.#collections.insert(tx, caller, through, { kind: 'registered_model', name, type: source.type }));
    if (collection.kind === 'artifact') {
      throw new RegistryError(
        'TYPE_MISMATCH',
        `"${shown(name)}" is an artifact in this project; a registered model needs another name.`,
      );
    }
    if (collection.type !== source.type) {
      throw new RegistryError(
        'TYPE_MISMATCH',
        `"${collection.name}" holds versions of type "${collection.type}"; this one has type "${source.type}".`,
      );
    }
    if (isRegistry(through.project)) await requireAcceptedType(tx, through.project, source.type);
    return collection;
  }

  async #place(
    tx: MetadataTransaction,
    caller: Caller,
    version: Version,
    source: Collection,
    { through, aliases }: NewLink,
    collection: Collection,
    existing: Membership | undefined,
  ): Promise<Link> {
    const now = this.#clock.now();
    const membership = existing ?? {
      id: tx.newId(),
      collectionId: collection.id,
      versionId: version.id,
      number: await tx.collections.takeNumber(collection.id, now),
      createdBy: caller.principal.userId,
      createdAt: now,
    };
    if (!existing) {
      await tx.collections.insertMembership(membership);
      // Linking into a registry turns the time to live off, for good (W&B's rule): what is shared does not vanish.
      if (isRegistry(through.project) && version.ttlSeconds !== null)
        await tx.versions.updateVersion(version.id, { ttlSeconds: null });
      const details = {
        collection: collection.name,
        number: membership.number,
        source: source.name,
        sourceNumber: version.number,
      };
      await recordEvent(
        tx,
        caller,
        now,
        'version.linked',
        { ...subjectOf(collection), entityId: through.project.entityId, versionId: version.id },
        details,
      );
    }
    for (const alias of new Set([latest, ...aliases]))
      await moveAlias(tx, { caller, at: now }, collection, alias, membership);
    const ttlSeconds = !existing && isRegistry(through.project) ? null : version.ttlSeconds;
    return { membership, version: { ...version, ttlSeconds }, collection, through, created: !existing };
  }

  /** Registries must exist; `model-registry` and ordinary projects are made by their first link. */
  async #target(caller: Caller, target: LinkTarget): Promise<AccessibleProject> {
    if (target.project.startsWith(registryPrefix)) {
      const found = await this.#access.findProject(caller, target.entity, target.project);
      if (!found) {
        throw new RegistryError(
          'NOT_FOUND',
          `There is no registry "${shown(target.project.slice(registryPrefix.length))}" in "${shown(target.entity)}" that you may see; an admin of the organization can create it.`,
        );
      }
      requireAction(found, 'link.write');
      return found;
    }
    return this.#projects.ensure(
      caller,
      target.entity,
      target.project === '' ? legacyRegistryProject : target.project,
      'link.write',
    );
  }

  /** Linking shares a version with everybody in the target: only within its owner or its organization. */
  async #requireSameOrganization(source: Project | undefined, { project }: AccessibleProject): Promise<void> {
    if (!source || source.entityId === project.entityId) return;
    const { accounts } = this.#store.read;
    const organizations = new Set<number | null>(source.organizationId === null ? [] : [source.organizationId]);
    if (source.entityKind === 'user') {
      for (const one of await accounts.listMembershipsOf(source.entityId))
        organizations.add(one.organizationId ?? one.entityId);
    }
    if (project.organizationId !== null && organizations.has(project.organizationId)) return;
    throw new RegistryError(
      'FORBIDDEN',
      `"${source.entityName}" does not belong to the organization of "${project.entityName}": a version can be linked within its own organization only.`,
    );
  }
}

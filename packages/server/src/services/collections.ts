import { aliasName, aliasNames } from '../domain/aliases.ts';
import { artifactType, isInternalType } from '../domain/artifact-types.ts';
import type { Alias, AliasMove, Collection, CollectionKind, Membership } from '../domain/collections.ts';
import { normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { isRegistry } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { tagNames } from '../domain/tags.ts';
import type { Clock } from '../ports/clock.ts';
import type { CollectionFilter, CollectionOrder } from '../ports/metadata/collections.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import { moveAlias, removeAlias } from './alias-moves.ts';
import type { Caller } from './caller.ts';
import { checkedCollectionName } from './projects.ts';
import { recordEvent } from './recording.ts';

/** A collection in the project it was reached through, with the caller's role there. */
export interface AccessibleCollection extends AccessibleProject {
  collection: Collection;
}

/** Artifacts and registered models themselves: names, descriptions, tags, aliases. */
export class Collections {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#clock = clock;
  }

  async get(caller: Caller, entity: string, project: string, name: string): Promise<AccessibleCollection> {
    return this.within(await this.#access.project(caller, entity, project, 'project.read'), name);
  }

  async within(found: AccessibleProject, name: string): Promise<AccessibleCollection> {
    const collection = await this.findWithin(found, name);
    if (!collection) throw noCollection(found, name);
    return collection;
  }

  async findWithin(found: AccessibleProject, name: string): Promise<AccessibleCollection | undefined> {
    const collection = await this.#store.read.collections.findCollectionByName(found.project.id, normalizeName(name));
    return collection && { ...found, collection };
  }

  async findById(caller: Caller, id: number): Promise<AccessibleCollection | undefined> {
    const collection = await this.#store.read.collections.findCollection(id);
    const found = collection && (await this.#access.findProjectById(caller, collection.projectId));
    return collection && found && { ...found, collection };
  }

  async getById(caller: Caller, id: number): Promise<AccessibleCollection> {
    const found = await this.findById(caller, id);
    if (!found)
      throw new RegistryError('NOT_FOUND', 'There is no such artifact or registered model, or you may not see it.');
    return found;
  }

  /** Collections of one project; internal types (the client's own tables, code and jobs) only where asked for by type. */
  async list(
    found: AccessibleProject,
    filter: CollectionFilter,
    order: CollectionOrder,
    page: PageRequest,
  ): Promise<Page<Collection>> {
    const listed = await this.listIn([found], filter, order, page);
    return { ...listed, items: listed.items.map(({ collection }) => collection) };
  }

  /** The same over several projects. */
  async listIn(
    projects: readonly AccessibleProject[],
    filter: CollectionFilter,
    order: CollectionOrder,
    page: PageRequest,
  ): Promise<Page<AccessibleCollection>> {
    for (const found of projects) requireAction(found, 'project.read');
    const byId = new Map(projects.map(found => [found.project.id, found]));
    const shown = { ...filter, exceptInternal: filter.type === undefined };
    const listed = await this.#store.read.collections.listCollections([...byId.keys()], shown, order, page);
    const items = listed.items.flatMap(collection => {
      const found = byId.get(collection.projectId);
      return found ? [{ ...found, collection }] : [];
    });
    return { ...listed, items };
  }

  async countIn(projects: readonly AccessibleProject[], filter: CollectionFilter): Promise<number> {
    for (const found of projects) requireAction(found, 'project.read');
    const shown = { ...filter, exceptInternal: filter.type === undefined };
    return this.#store.read.collections.countCollections(
      projects.map(({ project }) => project.id),
      shown,
    );
  }

  /** Artifact types that have been used in a project, by name. */
  async types(found: AccessibleProject): Promise<{ id: number; name: string; createdAt: number }[]> {
    requireAction(found, 'project.read');
    return this.#store.read.projects.listTypes(found.project.id);
  }

  async findType(
    found: AccessibleProject,
    name: string,
  ): Promise<{ id: number; name: string; createdAt: number } | undefined> {
    requireAction(found, 'project.read');
    return this.#store.read.projects.findType(found.project.id, normalizeName(name));
  }

  /** An artifact or a registered model without versions. */
  async create(
    caller: Caller,
    found: AccessibleProject,
    input: { kind: CollectionKind; name: string; type: string; description?: string | null; tags?: string[] },
  ): Promise<Collection> {
    requireAction(found, 'collection.create');
    const tags = tagNames(input.tags ?? []);
    return this.#store.transaction(async tx => {
      const collection = await this.insert(tx, caller, found, input);
      if (tags.length > 0) await this.#tag(tx, caller, collection, tags);
      return collection;
    });
  }

  async insert(
    tx: MetadataTransaction,
    caller: Caller,
    { project }: AccessibleProject,
    input: { kind: CollectionKind; name: string; type: string; description?: string | null },
  ): Promise<Collection> {
    const name = checkedCollectionName(input.name, input.kind);
    const type = artifactType(input.type);
    if (isRegistry(project) && input.kind === 'artifact') {
      throw new RegistryError(
        'INVALID_INPUT',
        `"${project.name}" is a registry: log the version to a project, then link it here.`,
      );
    }
    if (isRegistry(project)) await requireAcceptedType(tx, project, type);
    if (await tx.collections.isCollectionNameTaken(project.id, name)) {
      throw new RegistryError(
        'ALREADY_EXISTS',
        `"${shown(name)}" exists already in ${project.entityName}/${project.name}, or was deleted and stays reserved.`,
      );
    }
    const now = this.#clock.now();
    const collection: Collection = {
      id: tx.newId(),
      projectId: project.id,
      kind: input.kind,
      name,
      type,
      description: input.description ?? null,
      createdBy: caller.principal.userId,
      createdAt: now,
      updatedAt: now,
    };
    await tx.projects.ensureType(project.id, tx.newId(), type, now);
    await tx.collections.insertCollection(collection);
    await recordEvent(tx, caller, now, 'collection.created', subjectOf(collection), { name, type, kind: input.kind });
    return collection;
  }

  async update(
    caller: Caller,
    found: AccessibleCollection,
    changes: { name?: string; description?: string | null; type?: string },
  ): Promise<Collection> {
    requireAction(found, 'collection.edit');
    const { collection } = found;
    const name = changes.name === undefined ? undefined : checkedCollectionName(changes.name, collection.kind);
    const type = changes.type === undefined ? undefined : artifactType(changes.type);
    if (type !== undefined && type !== collection.type) requireTypeMayChange(collection, type);
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const renamed = name !== undefined && name !== collection.name;
      if (type !== undefined) await tx.projects.ensureType(collection.projectId, tx.newId(), type, now);
      await tx.collections.updateCollection(collection.id, {
        name,
        type,
        description: changes.description,
        updatedAt: now,
      });
      const event = renamed
        ? 'collection.renamed'
        : type !== undefined && type !== collection.type
          ? 'collection.retyped'
          : 'collection.updated';
      await recordEvent(tx, caller, now, event, subjectOf(collection), {
        from: collection.name,
        fromType: collection.type,
        changes,
      });
      return reload(tx, collection.id);
    });
  }

  async tags(collectionIds: number[]): Promise<Map<number, string[]>> {
    const tags = new Map<number, string[]>(collectionIds.map(id => [id, []]));
    for (const { collectionId, tag } of await this.#store.read.collections.listTags(collectionIds))
      tags.get(collectionId)?.push(tag);
    return tags;
  }

  async editTags(caller: Caller, found: AccessibleCollection, add: string[], remove: string[]): Promise<string[]> {
    requireAction(found, 'tag.write');
    const { collection } = found;
    const added = tagNames(add);
    const removed = tagNames(remove);
    await this.#store.transaction(async tx => {
      if (added.length > 0) await this.#tag(tx, caller, collection, added);
      if (removed.length > 0) {
        await tx.collections.removeTags(collection.id, removed);
        await recordEvent(tx, caller, this.#clock.now(), 'collection.untagged', subjectOf(collection), {
          tags: removed,
        });
      }
    });
    return (await this.tags([collection.id])).get(collection.id) ?? [];
  }

  // ------------------------------------------------------------------ aliases

  async listAliases(found: AccessibleCollection, page: PageRequest): Promise<Page<Alias>> {
    requireAction(found, 'project.read');
    return this.#store.read.collections.listAliases(found.collection.id, page);
  }

  /** The version number that each alias stands for, by alias. */
  async numbersOf(found: AccessibleCollection, aliases: Alias[]): Promise<Map<string, number>> {
    const memberships = await this.#store.read.collections.listMembershipsOfVersions(
      aliases.map(({ versionId }) => versionId),
    );
    const numbers = new Map(
      memberships.flatMap(one => (one.collectionId === found.collection.id ? [[one.id, one.number]] : [])),
    );
    return new Map(aliases.map(({ alias, membershipId }) => [alias, numbers.get(membershipId) ?? 0]));
  }

  async findAlias(found: AccessibleCollection, alias: string): Promise<Alias | undefined> {
    requireAction(found, 'project.read');
    return this.#store.read.collections.findAlias(found.collection.id, normalizeName(alias));
  }

  /** Every recorded move, newest first. */
  async listAliasMoves(found: AccessibleCollection, page: PageRequest, alias?: string): Promise<Page<AliasMove>> {
    requireAction(found, 'project.read');
    return this.#store.read.collections.listAliasMoves(
      found.collection.id,
      page,
      alias === undefined ? undefined : normalizeName(alias),
    );
  }

  /** Points one alias at a version of the collection, by compare-and-set where a revision is expected. */
  async setAlias(
    caller: Caller,
    found: AccessibleCollection,
    alias: string,
    membership: Membership,
    options: { expectedRevision?: number; reason?: string | null } = {},
  ): Promise<Alias> {
    requireAction(found, 'alias.move');
    const name = aliasName(alias);
    const { id, projectId, name: collection } = found.collection;
    const foreseen = { collections: [{ projectId, name: collection, aliases: [name], places: [membership.id] }] };
    return this.#store.transaction(async tx => {
      const target = await tx.collections.findMembershipIn(id, membership.id);
      if (!target) throw new RegistryError('NOT_FOUND', 'That version was deleted or unlinked in the meantime.');
      const context = { caller, at: this.#clock.now(), reason: options.reason };
      return moveAlias(tx, context, found.collection, name, target, options.expectedRevision);
    }, foreseen);
  }

  /** Points several aliases at one version, all or none. */
  async setAliases(
    caller: Caller,
    found: AccessibleCollection,
    aliases: string[],
    membership: Membership,
  ): Promise<void> {
    requireAction(found, 'alias.move');
    const names = aliasNames(aliases);
    await this.#store.transaction(async tx => {
      const target = await tx.collections.findMembershipIn(found.collection.id, membership.id);
      if (!target) throw new RegistryError('NOT_FOUND', 'That version was deleted or unlinked in the meantime.');
      for (const name of names) await moveAlias(tx, { caller, at: this.#clock.now() }, found.collection, name, target);
    });
  }

  /** Takes aliases away from a version; those that point elsewhere by now stay. */
  async removeAliases(
    caller: Caller,
    found: AccessibleCollection,
    aliases: string[],
    options: { from?: Membership; expectedRevision?: number; reason?: string | null } = {},
  ): Promise<string[]> {
    requireAction(found, 'alias.move');
    return this.#store.transaction(async tx => {
      const removed: string[] = [];
      const context = { caller, at: this.#clock.now(), reason: options.reason };
      for (const alias of new Set(aliases.map(normalizeName))) {
        const current = await tx.collections.findAlias(found.collection.id, alias);
        if (options.from && current?.membershipId !== options.from.id) continue;
        if (await removeAlias(tx, context, found.collection, alias, options.expectedRevision)) removed.push(alias);
      }
      return removed;
    });
  }

  async #tag(tx: MetadataTransaction, caller: Caller, collection: Collection, tags: string[]): Promise<void> {
    await tx.collections.addTags(collection.id, tags);
    await recordEvent(tx, caller, this.#clock.now(), 'collection.tagged', subjectOf(collection), { tags });
  }
}

export function subjectOf(collection: Collection): { projectId: number; collectionId: number } {
  return { projectId: collection.projectId, collectionId: collection.id };
}

/** A registry takes listed types only, unless it takes all. @throws RegistryError `TYPE_MISMATCH` */
export async function requireAcceptedType(
  tx: MetadataTransaction,
  project: { id: number; name: string; allowAllTypes: boolean },
  type: string,
): Promise<void> {
  if (project.allowAllTypes) return;
  const accepted = await tx.projects.listAcceptedTypes(project.id);
  if (accepted.includes(type)) return;
  throw new RegistryError(
    'TYPE_MISMATCH',
    `The registry "${project.name}" accepts ${accepted.join(', ') || 'no type yet'}, not "${shown(type)}".`,
  );
}

function requireTypeMayChange(collection: Collection, type: string): void {
  if (collection.kind === 'registered_model') {
    throw new RegistryError('IMMUTABLE', 'The type of a registered model is fixed by its first link.');
  }
  if (isInternalType(collection.type) || isInternalType(type)) {
    throw new RegistryError(
      'INVALID_INPUT',
      `"${shown(isInternalType(type) ? type : collection.type)}" is a type of the client's own and cannot be changed.`,
    );
  }
}

async function reload(tx: MetadataTransaction, id: number): Promise<Collection> {
  const collection = await tx.collections.findCollection(id);
  if (!collection) throw new RegistryError('NOT_FOUND', 'It was deleted in the meantime.');
  return collection;
}

function noCollection({ project }: AccessibleProject, name: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no "${shown(name)}" in ${project.entityName}/${project.name}.`);
}

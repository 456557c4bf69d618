import type { Alias, Collection, Membership } from '../domain/collections.ts';
import type { Condition } from '../domain/conditions.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import type { Caller } from './caller.ts';
import type { AccessibleCollection } from './collections.ts';
import type { AccessibleVersion, VersionAccess } from './version-access.ts';

/** A version's place in a collection that the caller may see. */
export interface Place extends AccessibleCollection {
  membership: Membership;
}

/** Where a version was logged; without the project where the caller may not see that. */
export interface VersionSource {
  collection: Collection;
  project: AccessibleProject | undefined;
}

/** What lists show of many versions at once, in a handful of queries however many they are. */
export class VersionDetails {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #versions: VersionAccess;

  constructor(store: MetadataStore, access: Access, versions: VersionAccess) {
    this.#store = store;
    this.#access = access;
    this.#versions = versions;
  }

  /** `VersionAccess.find` for many: those of the versions that the caller may see, by the id asked for. */
  async findMany(caller: Caller, ids: readonly number[]): Promise<Map<number, AccessibleVersion>> {
    const versions = await this.#withWinners(ids);
    const projects = await this.#access.readable(
      caller,
      [...versions.values()].map(({ projectId }) => projectId),
    );
    const found = new Map<number, AccessibleVersion>();
    const elsewhere: [number, Version][] = [];
    for (const [id, version] of versions) {
      const source = projects.get(version.projectId);
      if (version.state === 'committed') {
        if (source) found.set(id, { version, through: source, atSource: true });
        else elsewhere.push([id, version]);
      } else if (source && version.state === 'pending' && version.createdBy === caller.principal.userId) {
        found.set(id, { version, through: source, atSource: true });
      }
    }
    const places = await this.places(
      caller,
      elsewhere.map(([, version]) => version.id),
    );
    for (const [id, version] of elsewhere) {
      const links = places.get(version.id) ?? [];
      const through = links.find(({ role }) => role !== 'restricted_viewer') ?? links[0];
      if (through)
        found.set(id, { version, through: { project: through.project, role: through.role }, atSource: false });
    }
    return found;
  }

  /** Every place of these versions that the caller may see: the artifact's first, then links in order of creation. */
  async places(caller: Caller, versionIds: readonly number[]): Promise<Map<number, Place[]>> {
    const places = new Map<number, Place[]>(versionIds.map(id => [id, []]));
    if (places.size === 0) return places;
    const { collections } = this.#store.read;
    const memberships = await collections.listMembershipsOfVersions([...places.keys()]);
    const homes = await collections.findCollections([...new Set(memberships.map(({ collectionId }) => collectionId))]);
    const projects = await this.#access.readable(
      caller,
      homes.map(({ projectId }) => projectId),
    );
    const byId = new Map(homes.map(collection => [collection.id, collection]));
    for (const membership of memberships) {
      const collection = byId.get(membership.collectionId);
      const project = collection && projects.get(collection.projectId);
      if (project) places.get(membership.versionId)?.push({ ...project, collection, membership });
    }
    return places;
  }

  /** The version's place in a collection that was reached already. */
  async placeIn(found: AccessibleCollection, versionId: number): Promise<Place | undefined> {
    requireAction(found, 'project.read');
    const membership = await this.#store.read.collections.findMembershipOfVersion(found.collection.id, versionId);
    return membership && { ...found, membership };
  }

  /** How many versions a collection has, or how many of them meet a condition. */
  async count(found: AccessibleCollection, condition?: Condition): Promise<number> {
    requireAction(found, 'project.read');
    const { collections, search } = this.#store.read;
    return condition
      ? search.countPlaces(found.collection.id, condition)
      : collections.countMemberships(found.collection.id);
  }

  /** Aliases of places, by membership. */
  async aliases(places: readonly { membership: Membership }[]): Promise<Map<number, Alias[]>> {
    const aliases = new Map<number, Alias[]>(places.map(({ membership }) => [membership.id, []]));
    if (aliases.size === 0) return aliases;
    const found = await this.#store.read.collections.listAliasesOfMemberships([...aliases.keys()]);
    for (const alias of found) aliases.get(alias.membershipId)?.push(alias);
    return aliases;
  }

  async tags(versions: readonly AccessibleVersion[]): Promise<Map<number, string[]>> {
    const tags = new Map<number, string[]>(versions.map(({ version }) => [version.id, []]));
    if (tags.size === 0) return tags;
    const found = await this.#store.read.collections.listVersionTags([...tags.keys()]);
    for (const { versionId, tag } of found) tags.get(versionId)?.push(tag);
    return tags;
  }

  /** What is shown beside one version that the caller was given: its aliases there, its tags, who made it. */
  async beside(place: { membership: Membership; version: Version }) {
    const { membership, version } = place;
    return this.#store.read.collections.findBeside({
      membershipId: membership.id,
      versionId: version.id,
      userId: version.createdBy,
    });
  }

  /** The artifacts that versions were logged to, by version. */
  async sources(caller: Caller, versions: readonly AccessibleVersion[]): Promise<Map<number, VersionSource>> {
    const ids = [...new Set(versions.map(({ version }) => version.collectionId))];
    const collections = new Map((await this.#store.read.collections.findCollections(ids)).map(one => [one.id, one]));
    const known = new Map(
      versions.flatMap(one => (one.atSource ? [[one.version.projectId, one.through] as const] : [])),
    );
    const unknown = versions
      .filter(({ version }) => !known.has(version.projectId))
      .map(({ version }) => version.projectId);
    const readable = unknown.length > 0 ? await this.#access.readable(caller, unknown) : new Map();
    const sources = new Map<number, VersionSource>();
    for (const { version } of versions) {
      const collection = collections.get(version.collectionId);
      if (!collection) continue;
      sources.set(version.id, { collection, project: known.get(version.projectId) ?? readable.get(version.projectId) });
    }
    return sources;
  }

  /** What a client-made id stands for: a version, pending ones of the caller included, or the artifact itself. */
  async byClientId(
    caller: Caller,
    clientId: string,
  ): Promise<{ kind: 'version' | 'artifact'; id: number } | undefined> {
    const known = await this.#store.read.versions.findByClientId(clientId);
    if (known?.kind === 'version') {
      const found = await this.#versions.find(caller, known.id);
      return found && { kind: 'version', id: found.version.id };
    }
    const collection = known && (await this.#store.read.collections.findCollection(known.id));
    const project = collection && (await this.#access.findProjectById(caller, collection.projectId));
    return project && { kind: 'artifact', id: collection.id };
  }

  /** Merged versions stand for their winners. */
  async #withWinners(ids: readonly number[]): Promise<Map<number, Version>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    const versions = new Map((await this.#store.read.versions.findVersions(wanted)).map(one => [one.id, one]));
    const merged = [...versions.values()].filter(({ state }) => state === 'merged');
    if (merged.length === 0) return versions;
    const winners = await this.#store.read.versions.findVersions(
      merged.flatMap(one => (one.mergedInto === null ? [] : [one.mergedInto])),
    );
    const byId = new Map(winners.map(one => [one.id, one]));
    for (const { id, mergedInto } of merged) {
      const winner = byId.get(mergedInto ?? 0);
      if (winner) versions.set(id, winner);
      else versions.delete(id);
    }
    return versions;
  }
}

/** @throws RegistryError `NOT_FOUND` */
export function requirePlace(place: Place | undefined, where: AccessibleCollection): Place {
  if (place) return place;
  throw new RegistryError('NOT_FOUND', `The version is not in "${where.collection.name}", or was taken out of it.`);
}

import type { Collection, Membership } from '../domain/collections.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { requireAction } from './access.ts';
import { removeMembership } from './alias-moves.ts';
import type { Caller } from './caller.ts';
import { type AccessibleCollection, subjectOf } from './collections.ts';
import { recordEvent } from './recording.ts';
import type { VersionAccess } from './version-access.ts';

/**
 * Taking versions and collections away, softly: numbers and names are never used again. Freeing the bytes is the
 * garbage collector's work.
 */
export class Removals {
  readonly #store: MetadataStore;
  readonly #versions: VersionAccess;
  readonly #clock: Clock;

  constructor(store: MetadataStore, versions: VersionAccess, clock: Clock) {
    this.#store = store;
    this.#versions = versions;
    this.#clock = clock;
  }

  /**
   * Deletes a version. Refused where it has aliases (`latest` counts) unless `withAliases`, and where it is linked
   * unless `dropLinks`. Repeating it is success.
   */
  async deleteVersion(
    caller: Caller,
    versionId: number,
    options: { withAliases: boolean; dropLinks: boolean },
  ): Promise<Version> {
    const { version } = await this.#versions.get(caller, versionId, 'version.delete');
    return this.#store.transaction(async tx => {
      const locked = await tx.versions.lockVersion(version.id);
      if (!locked || locked.state === 'deleted') return { ...version, state: 'deleted' };
      const memberships = await tx.collections.listMembershipsOfVersions([version.id]);
      const links = memberships.filter(one => one.collectionId !== version.collectionId);
      if (links.length > 0 && !options.dropLinks) throw await hasLinks(tx, links);
      const aliases = await tx.collections.listAliasesOfMemberships(memberships.map(({ id }) => id));
      if (aliases.length > 0 && !options.withAliases) throw hasAliases(aliases.map(({ alias }) => alias));
      await this.#remove(tx, caller, locked, memberships, 'version.deleted');
      return { ...locked, state: 'deleted' };
    });
  }

  /** Deletes committed versions whose time to live is over; a linked one is kept. Answers how many went. */
  async expireVersions(limit: number): Promise<number> {
    const ids = await this.#store.read.versions.listPastTimeToLive(this.#clock.now(), limit);
    for (const id of ids) {
      await this.#store.transaction(async tx => {
        const version = await tx.versions.lockVersion(id);
        if (version?.state !== 'committed' || !isOver(version, this.#clock.now())) return;
        const memberships = await tx.collections.listMembershipsOfVersions([id]);
        // Linked since it was listed: somebody wants to keep it.
        if (memberships.some(one => one.collectionId !== version.collectionId)) return;
        await this.#remove(tx, null, version, memberships, 'version.expired');
      });
    }
    return ids.length;
  }

  /** Deletes an artifact with all of its versions, or a registered model with all of its links (the sources stay). */
  async deleteCollection(caller: Caller, found: AccessibleCollection, options: { dropLinks: boolean }): Promise<void> {
    requireAction(found, 'collection.delete');
    const { collection } = found;
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      let after: PageRequest['after'];
      do {
        const page: Page<Membership> = await tx.collections.listMemberships(collection.id, { limit: 500, after });
        if (collection.kind === 'artifact')
          await this.#removeAll(tx, caller, page.items, collection, options.dropLinks);
        else for (const one of page.items) await removeMembership(tx, { caller, at: now }, collection, one);
        after = page.next;
      } while (after);
      await tx.collections.deleteCollection(collection.id, now);
      const details = { name: collection.name, kind: collection.kind };
      await recordEvent(tx, caller, now, 'collection.deleted', subjectOf(collection), details);
    });
  }

  async #removeAll(
    tx: MetadataTransaction,
    caller: Caller,
    page: Membership[],
    collection: Collection,
    dropLinks: boolean,
  ): Promise<void> {
    const ids = page.map(({ versionId }) => versionId);
    // locked before their links are looked at: nobody links them from here on
    const versions: Version[] = [];
    for (const id of ids) {
      const version = await tx.versions.lockVersion(id);
      if (version) versions.push(version);
    }
    const memberships = await tx.collections.listMembershipsOfVersions(ids);
    const links = memberships.filter(one => one.collectionId !== collection.id);
    if (links.length > 0 && !dropLinks) throw await hasLinks(tx, links);
    for (const version of versions) {
      const places = memberships.filter(({ versionId }) => versionId === version.id);
      await this.#remove(tx, caller, version, places, 'version.deleted');
    }
  }

  async #remove(
    tx: MetadataTransaction,
    caller: Caller | null,
    version: Version,
    memberships: Membership[],
    event: 'version.deleted' | 'version.expired',
  ): Promise<void> {
    const now = this.#clock.now();
    const homes = new Map(
      (await tx.collections.findCollections(memberships.map(one => one.collectionId))).map(one => [one.id, one]),
    );
    for (const membership of memberships) {
      const collection = homes.get(membership.collectionId);
      if (collection) await removeMembership(tx, { caller, at: now }, collection, membership);
    }
    await tx.versions.updateVersion(version.id, { state: 'deleted', updatedAt: now });
    const project = await tx.projects.findProject(version.projectId);
    if (project && version.state === 'committed') {
      await tx.blobs.addUsage(project.entityId, { logicalBytes: -version.size });
    }
    const { projectId, collectionId } = version;
    const subject = { entityId: project?.entityId, projectId, collectionId, versionId: version.id };
    await recordEvent(tx, caller, now, event, subject, { number: version.number, links: memberships.length - 1 });
  }
}

function isOver(version: Version, now: number): boolean {
  return version.ttlSeconds !== null && version.createdAt + version.ttlSeconds * 1000 <= now;
}

async function hasLinks(tx: MetadataTransaction, links: Membership[]): Promise<RegistryError> {
  const homes = await tx.collections.findCollections(links.map(({ collectionId }) => collectionId));
  const names = new Map(homes.map(({ id, name }) => [id, name]));
  const where = links.slice(0, 20).map(({ collectionId, number }) => `${names.get(collectionId) ?? '?'}:v${number}`);
  return new RegistryError(
    'HAS_LINKS',
    `This is linked as ${where.join(', ')}. Unlink it there first, or delete with force.`,
    { details: { links: where } },
  );
}

function hasAliases(aliases: string[]): RegistryError {
  const named = [...new Set(aliases)].map(alias => `"${alias}"`).join(', ');
  return new RegistryError(
    'HAS_ALIASES',
    `The version has the aliases ${named}. Move them first, or delete with delete_aliases=True (REST: force=true).`,
    { details: { aliases } },
  );
}

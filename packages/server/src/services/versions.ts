import type { Collection } from '../domain/collections.ts';
import type { Condition } from '../domain/conditions.ts';
import { metadataRows, requireMetadata } from '../domain/metadata.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { tagNames } from '../domain/tags.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { FoundPlace, PlaceSearch } from '../ports/metadata/search.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { type AccessibleProject, requireAction } from './access.ts';
import type { Caller } from './caller.ts';
import type { AccessibleCollection } from './collections.ts';
import type { Commits } from './commits.ts';
import { lookAgain } from './look-again.ts';
import type { Projects } from './projects.ts';
import { recordEvent } from './recording.ts';
import type { VersionAccess } from './version-access.ts';
import type { Place } from './version-details.ts';
import type { VersionDraft, VersionDrafts } from './version-drafts.ts';

/** Model versions (and versions of any type): logging, editing, listing. Deleting is in `Removals`. */
export class Versions {
  readonly #store: MetadataStore;
  readonly #projects: Projects;
  readonly #versionAccess: VersionAccess;
  readonly #drafts: VersionDrafts;
  readonly #commits: Commits;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    projects: Projects;
    versionAccess: VersionAccess;
    drafts: VersionDrafts;
    commits: Commits;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#projects = parts.projects;
    this.#versionAccess = parts.versionAccess;
    this.#drafts = parts.drafts;
    this.#commits = parts.commits;
    this.#clock = parts.clock;
  }

  /**
   * Begins a version: pending, seen by its creator only. Where the artifact has a committed version with that digest
   * already, that one is returned with the aliases, tags and run applied, and nothing needs to be uploaded. The same
   * client id again, or the same distributed id, gives the same version.
   */
  async begin(caller: Caller, draft: VersionDraft): Promise<{ version: Version; collection: Collection }> {
    const found = await this.#projects.ensure(caller, draft.entity, draft.project, 'version.log');
    const asked = await this.#drafts.pending(caller, found, draft);
    // The artifact, or the same client id, may be made at the same moment.
    return lookAgain(() =>
      this.#store.transaction(async tx => {
        const repeated = draft.clientId === null ? undefined : await this.#findRepeated(tx, draft);
        if (repeated) return repeated;
        const collection = await this.#drafts.artifact(tx, caller, found, draft);
        if (draft.sequenceClientId !== null)
          await tx.versions.insertClientId(draft.sequenceClientId, 'artifact', collection.id);
        const version = { ...asked, id: tx.newId(), collectionId: collection.id };
        const existing = await this.#findExisting(tx, collection.id, draft);
        if (existing?.state === 'committed')
          await this.#commits.reuse(tx, caller, version, existing, collection, version.createdAt);
        if (!existing) {
          await tx.versions.insertVersion(version, metadataRows(version.metadata));
        }
        const result = existing ?? version;
        if (draft.clientId !== null) await tx.versions.insertClientId(draft.clientId, 'version', result.id);
        return { version: result, collection };
      }),
    );
  }

  /** Description, metadata, tags and time to live may change; each change is recorded. */
  async update(
    caller: Caller,
    versionId: number,
    changes: {
      description?: string | null;
      metadata?: string;
      ttlSeconds?: number | null;
      addTags?: string[];
      removeTags?: string[];
    },
  ): Promise<Version> {
    const found = await this.#versionAccess.get(caller, versionId, 'version.edit');
    const metadata = changes.metadata === undefined ? undefined : requireMetadata(changes.metadata);
    const addTags = tagNames(changes.addTags ?? []);
    const removeTags = tagNames(changes.removeTags ?? []);
    const { version } = found;
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const fields = { description: changes.description, metadata, ttlSeconds: changes.ttlSeconds, updatedAt: now };
      await tx.versions.updateVersion(version.id, fields);
      if (metadata !== undefined) await tx.versions.putMetadataRows(version.id, metadataRows(metadata));
      const subject = { projectId: version.projectId, collectionId: version.collectionId, versionId: version.id };
      if (addTags.length > 0) {
        await tx.collections.addVersionTags(version.id, addTags);
        await recordEvent(tx, caller, now, 'version.tagged', subject, { tags: addTags });
      }
      if (removeTags.length > 0) {
        await tx.collections.removeVersionTags(version.id, removeTags);
        await recordEvent(tx, caller, now, 'version.untagged', subject, { tags: removeTags });
      }
      const { addTags: _added, removeTags: _removed, ...edited } = changes;
      if (Object.values(edited).some(value => value !== undefined)) {
        await recordEvent(tx, caller, now, 'version.updated', subject, {
          before: { description: version.description, metadata: version.metadata },
          after: edited,
        });
      }
      return { ...version, ...withoutUndefined(fields) };
    });
  }

  /** Versions of an artifact, or the linked ones of a registered model, with their numbers there. */
  async list(
    found: AccessibleCollection,
    page: PageRequest,
    order: 'number' | '-number' = '-number',
    condition?: Condition,
  ): Promise<Page<FoundPlace>> {
    requireAction(found, 'project.read');
    return this.#store.read.search.listPlaces(found.collection.id, condition, page, order);
  }

  /** Versions linked in registries: those of the newest registered model first, in each by number downwards. */
  async search(
    registries: readonly AccessibleProject[],
    conditions: Pick<PlaceSearch, 'collections' | 'versions'>,
    page: PageRequest,
  ): Promise<Page<Place & FoundPlace>> {
    const byId = new Map(registries.map(found => [found.project.id, found]));
    for (const found of registries) requireAction(found, 'project.read');
    const search: PlaceSearch = { projectIds: [...byId.keys()], kind: 'registered_model', ...conditions };
    const places = await this.#store.read.search.searchPlaces(search, page);
    const items = places.items.flatMap(place => {
      const found = byId.get(place.collection.projectId);
      return found ? [{ ...found, ...place }] : [];
    });
    return { ...places, items };
  }

  async #findRepeated(
    tx: MetadataTransaction,
    draft: VersionDraft,
  ): Promise<{ version: Version; collection: Collection } | undefined> {
    const known = await tx.versions.findByClientId(draft.clientId ?? '');
    if (known?.kind !== 'version') return undefined;
    let version = await tx.versions.findVersion(known.id);
    if (version?.state === 'merged' && version.mergedInto !== null)
      version = await tx.versions.findVersion(version.mergedInto);
    const collection = version && (await tx.collections.findCollection(version.collectionId));
    if (!version || !collection || version.state === 'deleted' || version.state === 'expired') {
      throw new RegistryError(
        'GONE',
        'The version with this client id was deleted or abandoned; log a new artifact object.',
      );
    }
    const sameContents = version.digest === null || draft.digest === null || version.digest === draft.digest;
    if (!sameContents && version.distributedId === null && version.state === 'pending') {
      throw new RegistryError(
        'CONFLICT',
        'This client id was used for other contents already; log a new artifact object.',
      );
    }
    return { version, collection };
  }

  async #findExisting(
    tx: MetadataTransaction,
    collectionId: number,
    draft: VersionDraft,
  ): Promise<Version | undefined> {
    // Parts of a distributed version have digests of their own parts: no duplicate is looked for.
    if (draft.distributedId !== null) return tx.versions.findPendingDistributed(collectionId, draft.distributedId);
    return draft.digest === null ? undefined : tx.versions.findCommittedByDigest(collectionId, draft.digest);
  }
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

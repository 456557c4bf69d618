import { createHash } from 'node:crypto';
import { aliasNames } from '../domain/aliases.ts';
import { artifactType } from '../domain/artifact-types.ts';
import type { Collection } from '../domain/collections.ts';
import type { Condition } from '../domain/conditions.ts';
import { md5HexToBase64, requireMd5Hex } from '../domain/digests.ts';
import { metadataRows, requireMetadata } from '../domain/metadata.ts';
import { collectionName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { versionPath } from '../domain/paths.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { tagNames } from '../domain/tags.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { FoundPlace, PlaceSearch } from '../ports/metadata/search.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import type { BlobAccess } from './blob-access.ts';
import type { Caller } from './caller.ts';
import type { AccessibleCollection, Collections } from './collections.ts';
import type { Commits } from './commits.ts';
import type { ResolvedEntry } from './entry-bytes.ts';
import { lookAgain } from './look-again.ts';
import type { Manifests } from './manifests.ts';
import type { Projects } from './projects.ts';
import { recordEvent } from './recording.ts';
import { manyEntries, type SlowWork } from './slow-work.ts';
import type { VersionAccess } from './version-access.ts';
import type { Place } from './version-details.ts';

/** What a client says about a version before its files. */
export interface VersionDraft {
  entity: string;
  project: string;
  type: string;
  name: string;
  /** manifest digest, lower-case hex, where the client knows it */
  digest: string | null;
  /** the run that logs it, by its name in the project */
  run: string | null;
  aliases: string[];
  tags: string[];
  description: string | null;
  /** JSON text of an object */
  metadata: string | null;
  ttlSeconds: number | null;
  historyStep: number | null;
  clientId: string | null;
  /** stands for the artifact itself in the client's references */
  sequenceClientId: string | null;
  distributedId: string | null;
}

/** A file of a version that our own API creates at once. */
export interface VersionFile {
  path: string;
  /** lower-case hex */
  sha256: string;
}

/** A version that comes whole has no digest, and no ids by which parts of it would be found. */
type WholeDraft = Omit<VersionDraft, 'digest' | 'clientId' | 'sequenceClientId' | 'distributedId'>;

/** A reference to bytes that live elsewhere; the server never fetches it. */
export interface VersionReference {
  path: string;
  uri: string;
  digest: string;
  size?: number;
}

export interface CreatedVersion extends FoundPlace {
  /** the artifact it is in */
  found: AccessibleCollection;
  /** false where one with these contents was there */
  created: boolean;
}

/** Model versions (and versions of any type): logging, editing, listing. Deleting is in `Removals`. */
export class Versions {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #projects: Projects;
  readonly #collections: Collections;
  readonly #versionAccess: VersionAccess;
  readonly #blobAccess: BlobAccess;
  readonly #manifests: Manifests;
  readonly #commits: Commits;
  readonly #slowWork: SlowWork;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    access: Access;
    projects: Projects;
    collections: Collections;
    versionAccess: VersionAccess;
    blobAccess: BlobAccess;
    manifests: Manifests;
    commits: Commits;
    slowWork: SlowWork;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#projects = parts.projects;
    this.#collections = parts.collections;
    this.#versionAccess = parts.versionAccess;
    this.#blobAccess = parts.blobAccess;
    this.#manifests = parts.manifests;
    this.#commits = parts.commits;
    this.#slowWork = parts.slowWork;
    this.#clock = parts.clock;
  }

  /**
   * Begins a version: pending, seen by its creator only. Where the artifact has a committed version with that digest
   * already, that one is returned with the aliases, tags and run applied, and nothing needs to be uploaded. The same
   * client id again, or the same distributed id, gives the same version.
   */
  async begin(caller: Caller, draft: VersionDraft): Promise<{ version: Version; collection: Collection }> {
    const found = await this.#projects.ensure(caller, draft.entity, draft.project, 'version.log');
    const asked = await this.#pendingVersion(caller, found, draft);
    // The artifact, or the same client id, may be made at the same moment.
    return lookAgain(() =>
      this.#store.transaction(async tx => {
        const repeated = draft.clientId === null ? undefined : await this.#findRepeated(tx, draft);
        if (repeated) return repeated;
        const collection = await this.#ensureArtifact(tx, caller, found, draft);
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

  /**
   * Creates and commits a version at once from files whose bytes were uploaded before. The same again gives the same
   * version, and joins what still runs.
   * @throws RegistryError `BUSY` while it runs on
   */
  async createWhole(
    caller: Caller,
    draft: WholeDraft,
    files: VersionFile[],
    references: VersionReference[],
  ): Promise<CreatedVersion> {
    const create = () => this.#createWhole(caller, draft, files, references);
    if (files.length + references.length < manyEntries) return create();
    const asked = createHash('sha256').update(JSON.stringify([draft, files, references]));
    return this.#slowWork.join(`create ${asked.digest('hex')} for ${caller.principal.userId}`, async slow => {
      slow();
      return create();
    });
  }

  async #createWhole(
    caller: Caller,
    draft: WholeDraft,
    files: VersionFile[],
    references: VersionReference[],
  ): Promise<CreatedVersion> {
    const home = await this.#projects.ensure(caller, draft.entity, draft.project, 'version.log');
    const full = { ...draft, digest: null, clientId: null, sequenceClientId: null, distributedId: null };
    const asked = await this.#pendingVersion(caller, home, full);
    const manifest = await this.#manifests.prepare(await this.#entries(caller, files, references));
    return lookAgain(() =>
      this.#store.transaction(async tx => {
        const collection = await this.#ensureArtifact(tx, caller, home, full);
        const found = { ...home, collection };
        const version = { ...asked, id: tx.newId(), collectionId: collection.id };
        const existing = await tx.versions.findCommittedByDigest(collection.id, manifest.digest);
        if (!existing) {
          const sealed = await manifest.put(tx);
          return { ...(await this.#commits.sealNew(tx, caller, version, found, sealed)), found, created: true };
        }
        await this.#commits.requireSameContents(tx, existing, { ...manifest, id: 0 }, collection);
        const membership = await this.#commits.reuse(tx, caller, version, existing, collection, version.createdAt);
        return { version: existing, membership, found, created: false };
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

  async #pendingVersion(caller: Caller, found: AccessibleProject, draft: VersionDraft): Promise<Version> {
    const metadata = draft.metadata === null ? null : requireMetadata(draft.metadata);
    if (draft.digest !== null) requireMd5Hex(draft.digest, 'digest');
    artifactType(draft.type);
    collectionName(draft.name);
    for (const id of [draft.clientId, draft.sequenceClientId, draft.distributedId]) {
      if (id !== null && (id === '' || id.length > 512))
        throw new RegistryError('INVALID_INPUT', 'A client id has 1 to 512 characters.');
    }
    const run = draft.run === null ? undefined : await this.#store.read.runs.findRunByName(found.project.id, draft.run);
    if (draft.run !== null && !run) {
      throw new RegistryError(
        'NOT_FOUND',
        `There is no run "${shown(draft.run)}" in ${found.project.entityName}/${found.project.name}.`,
      );
    }
    const now = this.#clock.now();
    return {
      id: 0,
      collectionId: 0,
      projectId: found.project.id,
      state: 'pending',
      number: null,
      digest: draft.digest,
      manifestId: null,
      size: 0,
      fileCount: 0,
      description: draft.description,
      metadata,
      ttlSeconds: draft.ttlSeconds,
      historyStep: draft.historyStep,
      clientId: draft.clientId,
      distributedId: draft.distributedId,
      requestedAliases: aliasNames(draft.aliases),
      requestedTags: tagNames(draft.tags),
      baseVersionId: null,
      mergedInto: null,
      createdBy: caller.principal.userId,
      createdByRun: run?.id ?? null,
      createdAt: now,
      updatedAt: now,
      committedAt: null,
    };
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

  async #ensureArtifact(
    tx: MetadataTransaction,
    caller: Caller,
    found: AccessibleProject,
    draft: VersionDraft,
  ): Promise<Collection> {
    const collection = await tx.collections.findCollectionByName(found.project.id, collectionName(draft.name));
    if (!collection) {
      return this.#collections.insert(tx, caller, found, { kind: 'artifact', name: draft.name, type: draft.type });
    }
    if (collection.kind === 'registered_model') {
      throw new RegistryError(
        'TYPE_MISMATCH',
        `"${shown(draft.name)}" is a registered model in this project: link versions to it, or log under another name.`,
      );
    }
    if (collection.type !== artifactType(draft.type)) {
      throw new RegistryError(
        'TYPE_MISMATCH',
        `"${shown(draft.name)}" already exists with type "${collection.type}"; it cannot hold "${shown(draft.type)}".`,
      );
    }
    return collection;
  }

  async #entries(caller: Caller, files: VersionFile[], references: VersionReference[]): Promise<ResolvedEntry[]> {
    const blobs = await this.#blobAccess.usable(
      caller,
      files.map(({ sha256 }) => sha256),
    );
    const entries: ResolvedEntry[] = files.map(({ path, sha256 }) => {
      const blob = blobs.get(sha256);
      if (!blob) {
        throw new RegistryError(
          'BLOB_UNKNOWN',
          `The bytes of "${shown(path)}" (sha256 ${sha256}) were not uploaded by you; upload them first.`,
        );
      }
      return {
        path: versionPath(path),
        digest: md5HexToBase64(blob.md5),
        size: blob.size,
        blobId: blob.id,
        sha256,
        ref: null,
        extra: null,
        birthVersionId: null,
      };
    });
    for (const { path, uri, digest, size } of references) {
      entries.push({
        path: versionPath(path),
        digest,
        size: size ?? 0,
        blobId: null,
        sha256: null,
        ref: uri,
        extra: null,
        birthVersionId: null,
      });
    }
    if (new Set(entries.map(({ path }) => path)).size < entries.length) {
      throw new RegistryError('MANIFEST_INVALID', 'Every path may stand once in a version.');
    }
    return entries;
  }
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

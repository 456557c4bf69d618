import { latest } from '../domain/aliases.ts';
import { isInternalType } from '../domain/artifact-types.ts';
import type { Collection, Membership } from '../domain/collections.ts';
import type { ManifestSummary } from '../domain/manifests.ts';
import { metadataRows } from '../domain/metadata.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { moveAlias } from './alias-moves.ts';
import { uploadGone } from './blob-intake.ts';
import type { BlobSettlement } from './blob-settlement.ts';
import type { Caller } from './caller.ts';
import { type AccessibleCollection, subjectOf } from './collections.ts';
import type { DirectUploads } from './direct-uploads.ts';
import { lookAgain } from './look-again.ts';
import type { Manifests } from './manifests.ts';
import { recordEvent } from './recording.ts';
import { manyEntries, type Slow, type SlowWork } from './slow-work.ts';
import type { VersionAccess } from './version-access.ts';

/** Staged files that a commit removes itself. What it leaves is nobody's, and is removed in the background. */
const unstagedAtOnce = 1_000;

/**
 * Makes pending versions visible: whole or not at all, numbered densely in commit order, one for the same contents.
 * The protocol is the invariants' (V1–V6): bytes are durable before; number, aliases, lineage and event are one commit.
 */
export class Commits {
  readonly #store: MetadataStore;
  readonly #versions: VersionAccess;
  readonly #manifests: Manifests;
  readonly #directUploads: DirectUploads;
  readonly #settlement: BlobSettlement;
  readonly #slowWork: SlowWork;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    versionAccess: VersionAccess;
    manifests: Manifests;
    directUploads: DirectUploads;
    settlement: BlobSettlement;
    slowWork: SlowWork;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#versions = parts.versionAccess;
    this.#manifests = parts.manifests;
    this.#directUploads = parts.directUploads;
    this.#settlement = parts.settlement;
    this.#slowWork = parts.slowWork;
    this.#clock = parts.clock;
  }

  /**
   * Commits a pending version. Repeating it is success, and joins a commit that still runs; of equal contents the first
   * commit wins and is returned.
   * @throws RegistryError `BUSY` while it runs on
   */
  async commit(caller: Caller, versionId: number): Promise<Version> {
    return this.#slowWork.join(`commit ${versionId} for ${caller.principal.userId}`, slow =>
      this.#commit(caller, versionId, slow),
    );
  }

  async #commit(caller: Caller, versionId: number, slow: Slow): Promise<Version> {
    const { version } = await this.#versions.get(caller, versionId, 'version.log');
    if (version.state === 'committed') return version;
    await this.#directUploads.collect(version, slow);
    const manifest = await this.#manifests.complete(caller, version, slow);
    if (manifest.fileCount >= manyEntries) slow();
    await this.#hashToCompare(version, manifest, slow);
    return this.commitWith(caller, version, manifest);
  }

  async commitWith(caller: Caller, pending: Version, manifest: ManifestSummary): Promise<Version> {
    // Another server committed the same contents at the same moment: the next attempt finds its version.
    return lookAgain(() =>
      this.#store.transaction(async tx => {
        const version = await tx.versions.lockVersion(pending.id);
        if (!version) throw uploadGone();
        if (version.state === 'committed') return version;
        if (version.state === 'merged' && version.mergedInto !== null) return mustFind(tx, version.mergedInto);
        if (version.state !== 'pending') throw uploadGone();
        return this.seal(tx, caller, version, manifest);
      }),
    );
  }

  /** The commit itself, inside its transaction. */
  async seal(tx: MetadataTransaction, caller: Caller, version: Version, manifest: ManifestSummary): Promise<Version> {
    const now = this.#clock.now();
    const collection = await tx.collections.findCollection(version.collectionId);
    if (!collection)
      throw new RegistryError('NOT_FOUND', 'The artifact was deleted in the meantime; log the version again.');
    const twin = await tx.versions.findCommittedByDigest(collection.id, manifest.digest);
    if (twin) return this.#merge(tx, caller, version, twin, collection, manifest, now);

    const project = await tx.projects.findProject(collection.projectId);
    const number = await tx.collections.takeNumber(collection.id, now);
    const changes = committed(number, manifest, now);
    await tx.versions.updateVersion(version.id, changes);
    await tx.blobs.unstage(version.id, unstagedAtOnce);
    const sealed = { ...version, ...changes };
    await this.#place(tx, caller, sealed, collection, project?.entityId, now);
    return sealed;
  }

  /**
   * The same for a version that was never pending, of contents that the collection does not have yet.
   * @returns with its place in the collection
   */
  async sealNew(
    tx: MetadataTransaction,
    caller: Caller,
    asked: Version,
    { collection, project }: AccessibleCollection,
    manifest: ManifestSummary,
  ): Promise<{ version: Version; membership: Membership }> {
    const now = this.#clock.now();
    const number = await tx.collections.takeNumber(collection.id, now);
    const version = { ...asked, ...committed(number, manifest, now) };
    await tx.versions.insertVersion(version, metadataRows(version.metadata));
    return { version, membership: await this.#place(tx, caller, version, collection, project.entityId, now) };
  }

  /** What makes a committed version part of its artifact. */
  async #place(
    tx: MetadataTransaction,
    caller: Caller,
    version: Version,
    collection: Collection,
    entityId: number | undefined,
    at: number,
  ): Promise<Membership> {
    const { number, digest, size } = version;
    const membership: Membership = {
      id: tx.newId(),
      collectionId: collection.id,
      versionId: version.id,
      number: number ?? 0,
      createdBy: version.createdBy,
      createdAt: at,
    };
    await tx.collections.insertMembership(membership);
    await this.#finish(tx, caller, version, collection, membership, at);
    await recordEvent(
      tx,
      caller,
      at,
      'version.committed',
      { ...subjectOf(collection), entityId, versionId: version.id },
      {
        ...{ collection: collection.name, number, digest, size },
        ...{ type: collection.type, internal: isInternalType(collection.type) },
      },
    );
    // last, because others who commit in the same entity may wait for it
    if (entityId !== undefined && size > 0) await tx.blobs.addUsage(entityId, { logicalBytes: size });
    return membership;
  }

  /** Aliases, tags and lineage that were asked for with a version; also applied to the version it turned out to equal. */
  async #finish(
    tx: MetadataTransaction,
    caller: Caller,
    asked: Version,
    collection: Collection,
    membership: Membership,
    at: number,
  ): Promise<void> {
    for (const alias of new Set([latest, ...asked.requestedAliases]))
      await moveAlias(tx, { caller, at }, collection, alias, membership);
    if (asked.requestedTags.length > 0) await tx.collections.addVersionTags(membership.versionId, asked.requestedTags);
    if (asked.createdByRun !== null) await tx.runs.addOutput(asked.createdByRun, membership.versionId, at);
  }

  /**
   * Equal contents exist already. MD5 digests alone prove nothing, so the identities by SHA-256 must agree as well.
   */
  async #merge(
    tx: MetadataTransaction,
    caller: Caller,
    version: Version,
    twin: Version,
    collection: Collection,
    manifest: ManifestSummary,
    at: number,
  ): Promise<Version> {
    await this.requireSameContents(tx, twin, manifest, collection);
    await tx.versions.updateVersion(version.id, { state: 'merged', mergedInto: twin.id, updatedAt: at });
    await tx.blobs.unstage(version.id, unstagedAtOnce);
    await this.reuse(tx, caller, version, twin, collection, at);
    return twin;
  }

  /** Where a version with this digest exists, what is not hashed yet of either is needed to tell whether they are the same. */
  async #hashToCompare(version: Version, manifest: ManifestSummary, slow: Slow): Promise<void> {
    const twin = await this.#store.read.versions.findCommittedByDigest(version.collectionId, manifest.digest);
    if (!twin || twin.manifestId === null || twin.manifestId === manifest.id) return;
    slow();
    await this.#settlement.settleManifest(twin.manifestId);
    await this.#settlement.settleManifest(manifest.id);
  }

  /** @throws RegistryError `CONFLICT` for an MD5 collision, `BUSY` while bytes of either are still being hashed */
  async requireSameContents(
    tx: MetadataTransaction,
    twin: Version,
    manifest: ManifestSummary,
    collection: Collection,
  ): Promise<void> {
    if (twin.manifestId === manifest.id || twin.manifestId === null) return;
    const other = await tx.versions.findManifest(twin.manifestId);
    if (!other || other.identity === manifest.identity) return;
    if (await tx.versions.haveSameEntries(twin.manifestId, manifest.id)) return;
    for (const id of [twin.manifestId, manifest.id]) {
      if ((await tx.blobs.listUnhashedOf(id, 1)).length === 0) continue;
      throw new RegistryError('BUSY', 'Files of these versions are still being hashed; try again in a moment.');
    }
    throw new RegistryError(
      'CONFLICT',
      `These files have the same MD5 digest as v${twin.number} of "${collection.name}" but different SHA-256s. The version was not stored: MD5 collisions are not accepted.`,
    );
  }

  /** Applies what was asked for with equal contents to the version that exists. */
  async reuse(
    tx: MetadataTransaction,
    caller: Caller,
    asked: Version,
    existing: Version,
    collection: Collection,
    at: number,
  ): Promise<Membership> {
    const membership = await tx.collections.findMembershipOfVersion(collection.id, existing.id);
    if (!membership)
      throw new RegistryError(
        'NOT_FOUND',
        'The version with these contents was deleted in the meantime; log it again.',
      );
    await this.#finish(tx, caller, asked, collection, membership, at);
    return membership;
  }
}

function committed(number: number, { id, digest, size, fileCount }: ManifestSummary, at: number) {
  const state = 'committed' as const;
  return { state, number, digest, manifestId: id, size, fileCount, committedAt: at, updatedAt: at };
}

async function mustFind(tx: MetadataTransaction, id: number): Promise<Version> {
  const version = await tx.versions.findVersion(id);
  if (!version) throw new RegistryError('NOT_FOUND', 'The version was deleted in the meantime.');
  return version;
}

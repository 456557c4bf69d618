import { md5Base64ToHex } from '../domain/digests.ts';
import {
  comparePaths,
  ManifestDigest,
  type ManifestEntry,
  ManifestIdentity,
  type ManifestSummary,
  maxManifestEntries,
} from '../domain/manifests.ts';
import { shown } from '../domain/names.ts';
import type { Position } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { EntryBlob, ManifestDraft } from '../ports/metadata/versions.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';
import { manyEntries, type Slow } from './slow-work.ts';
import type { VersionAccess } from './version-access.ts';

const batchSize = 500;

/** An entry whose bytes are known. */
export type ResolvedEntry = ManifestEntry & { sha256: string | null };

/** What a manifest amounts to, and how the transaction that commits it gets its row. */
export interface PreparedManifest extends Omit<ManifestSummary, 'id'> {
  put(tx: MetadataTransaction): Promise<ManifestSummary>;
}

/** An entry as a client sends it, before its bytes are looked up. */
export type IncomingEntry = Omit<ManifestEntry, 'blobId'>;

/**
 * Turns what clients send as manifests into rows, in small transactions while the version is pending, so that the
 * commit only has to seal. Sealed manifests never change and are shared by versions with the same contents.
 */
export class Manifests {
  readonly #store: MetadataStore;
  readonly #versions: VersionAccess;
  readonly #clock: Clock;

  constructor(store: MetadataStore, versions: VersionAccess, clock: Clock) {
    this.#store = store;
    this.#versions = versions;
    this.#clock = clock;
  }

  /** Stores the entries of one announced manifest of a pending version. Sending it again replaces it. */
  async receive(
    caller: Caller,
    version: Version,
    draft: ManifestDraft,
    batches: AsyncIterable<IncomingEntry[]>,
  ): Promise<void> {
    const manifestId = await this.#open();
    let complete: ManifestSummary | undefined;
    try {
      let count = 0;
      for await (const batch of batches) {
        count += batch.length;
        if (new Set(batch.map(({ path }) => path)).size < batch.length) throw pathTwice();
        const resolved = await this.#resolve(caller, version, draft, batch);
        await this.#store.transaction(tx => tx.versions.putEntries(manifestId, resolved));
      }
      if (draft.kind === 'full') complete = await this.#sealIfResolved(manifestId, count);
      if (!complete) await this.#requireEachOnce(manifestId, count);
    } catch (error) {
      await this.#store.transaction(tx => tx.versions.deleteManifest(manifestId));
      throw error;
    }
    if (complete && version.digest !== null) requireDigest(complete, version.digest);
    await this.#store.transaction(tx => tx.versions.updateDraft(draft.id, { manifestId: complete?.id ?? manifestId }));
  }

  /**
   * The sealed manifest with which a pending version can be committed: the full one as sent, or the base overlaid with
   * what was added (incremental) or with every participant's part (distributed).
   * @throws RegistryError `MANIFEST_INVALID` where none was sent, `BLOB_UNKNOWN` naming files without bytes,
   *   `DIGEST_MISMATCH`
   */
  async complete(caller: Caller, version: Version, slow: Slow = () => {}): Promise<ManifestSummary> {
    const drafts = (await this.#store.read.versions.listDrafts(version.id)).filter(
      ({ manifestId }) => manifestId !== null,
    );
    const last = drafts.at(-1);
    if (!last || last.manifestId === null) {
      throw new RegistryError(
        'MANIFEST_INVALID',
        'This version has no manifest yet; upload its manifest before committing it.',
      );
    }
    if (last.kind !== 'full') return this.#seal(await this.#overlay(caller, version, drafts, slow));
    const summary =
      (await this.#store.read.versions.findManifest(last.manifestId)) ??
      (await this.#sealLate(caller, version, last, slow));
    if (version.digest !== null) requireDigest(summary, version.digest);
    return summary;
  }

  /**
   * Gets entries that are all resolved already, as our own API sends them, ready for the transaction that commits them.
   * A few are written by that transaction itself, which saves three syncs to disk; many are written and sealed before.
   */
  async prepare(entries: ResolvedEntry[]): Promise<PreparedManifest> {
    if (entries.length > batchSize) {
      // what one repeats, perhaps because it took long the first time, is there already
      const { identity, digest } = summarize(entries);
      const known = await this.#store.read.versions.findSealedManifest(identity, digest);
      const sealed = known ?? (await this.#build(entries));
      return { ...sealed, put: async () => sealed };
    }
    const summary = summarize(entries);
    return { ...summary, put: tx => this.#put(tx, summary, entries) };
  }

  async #put(
    tx: MetadataTransaction,
    summary: Omit<ManifestSummary, 'id'>,
    entries: ResolvedEntry[],
  ): Promise<ManifestSummary> {
    const twin = await tx.versions.findSealedManifest(summary.identity, summary.digest);
    if (twin) return twin;
    const manifest = { ...summary, id: tx.newId() };
    const now = this.#clock.now();
    await tx.versions.insertManifest({ id: manifest.id, createdAt: now });
    await tx.versions.putEntries(manifest.id, entries);
    await tx.versions.sealManifest(manifest, now);
    return manifest;
  }

  async #build(entries: ManifestEntry[]): Promise<ManifestSummary> {
    const manifestId = await this.#open();
    for (let from = 0; from < entries.length; from += batchSize) {
      await this.#store.transaction(tx => tx.versions.putEntries(manifestId, entries.slice(from, from + batchSize)));
    }
    return this.#seal(manifestId, entries.length);
  }

  /** All entries of a sealed manifest in the order of their paths' bytes. */
  async *entries(manifestId: number, prefix?: string): AsyncGenerator<EntryBlob[]> {
    let after: Position | undefined;
    do {
      const page = await this.#store.read.versions.listEntries(manifestId, { limit: 1000, after }, { prefix });
      if (page.items.length > 0) yield page.items;
      after = page.next;
    } while (after);
  }

  async #open(): Promise<number> {
    return this.#store.transaction(async tx => {
      const id = tx.newId();
      await tx.versions.insertManifest({ id, createdAt: this.#clock.now() });
      return id;
    });
  }

  /** Finds the bytes of each entry: just uploaded, or in the version it was built on, or in the one that first held them. */
  async #resolve(
    caller: Caller,
    version: Version,
    draft: ManifestDraft,
    batch: IncomingEntry[],
  ): Promise<ManifestEntry[]> {
    const files = batch.filter(({ ref }) => ref === null);
    const staged = new Map<string, { blobId: number; md5: string; size: number }>();
    if (files.length > 0) {
      for (const one of await this.#store.read.blobs.listStaged(
        version.id,
        files.map(({ path }) => path),
      ))
        staged.set(one.path, one);
    }
    const found = new Map<string, { blobId: number; size: number }>();
    const left: IncomingEntry[] = [];
    for (const file of files) {
      const upload = staged.get(file.path);
      if (upload && upload.md5 === md5Base64ToHex(file.digest)) found.set(file.path, upload);
      else left.push(file);
    }
    for (const sourceId of new Set([
      draft.baseVersionId,
      version.baseVersionId,
      ...left.map(one => one.birthVersionId),
    ])) {
      if (sourceId === null || sourceId === version.id || left.length === 0) continue;
      for (const { path, ...blob } of await this.#findIn(caller, sourceId, left)) {
        if (!found.has(path)) found.set(path, blob);
      }
    }
    return batch.map(entry => {
      const blob = found.get(entry.path);
      if (entry.ref !== null || !blob) return { ...entry, blobId: null };
      requireSize(entry, blob.size);
      return { ...entry, size: blob.size, blobId: blob.blobId };
    });
  }

  async #findIn(
    caller: Caller,
    versionId: number,
    files: IncomingEntry[],
  ): Promise<{ path: string; blobId: number; size: number }[]> {
    if (!(await this.#versions.mayReadFiles(caller, versionId))) return [];
    const version = await this.#versions.getFiles(caller, versionId);
    if (version.manifestId === null) return [];
    const entries = await this.#store.read.versions.findEntriesByDigest(version.manifestId, [
      ...new Set(files.map(({ digest }) => digest)),
    ]);
    const byDigest = new Map(entries.map(entry => [entry.digest, entry]));
    return files.flatMap(file => {
      const entry = byDigest.get(file.digest);
      return entry?.blobId ? [{ path: file.path, blobId: entry.blobId, size: entry.size }] : [];
    });
  }

  /** What is not sealed at once is counted now: later nobody knows how many entries were sent. */
  async #requireEachOnce(manifestId: number, count: number): Promise<void> {
    let stored = 0;
    for await (const page of this.entries(manifestId)) stored += page.length;
    if (stored !== count) throw pathTwice();
  }

  async #sealIfResolved(manifestId: number, count: number): Promise<ManifestSummary | undefined> {
    const unresolved = await this.#store.read.versions.listUnresolved(manifestId, 1);
    return unresolved.length > 0 ? undefined : this.#seal(manifestId, count);
  }

  /** Files may arrive after the manifest that lists them: looks their bytes up once more. */
  async #sealLate(caller: Caller, version: Version, draft: ManifestDraft, slow: Slow): Promise<ManifestSummary> {
    const manifestId = draft.manifestId ?? 0;
    if (await this.#store.read.versions.haveEntries([manifestId], manyEntries)) slow();
    for (;;) {
      const missing = await this.#store.read.versions.listUnresolved(manifestId, batchSize);
      if (missing.length === 0) return this.#seal(manifestId);
      const entries = missing.map(one => ({ ...one, ref: null, extra: null, birthVersionId: null }));
      const resolved = await this.#resolve(caller, version, draft, entries);
      const found = resolved.flatMap(({ path, blobId, size }) => (blobId === null ? [] : [{ path, blobId, size }]));
      if (found.length < missing.length)
        throw filesWithoutBytes(resolved.filter(({ blobId }) => blobId === null).map(({ path }) => path));
      await this.#store.transaction(tx => tx.versions.resolveEntries(manifestId, found));
    }
  }

  async #overlay(caller: Caller, version: Version, drafts: ManifestDraft[], slow: Slow): Promise<number> {
    const baseId = drafts.at(-1)?.baseVersionId ?? version.baseVersionId;
    const base = baseId === null ? undefined : await this.#versions.getFiles(caller, baseId);
    const layers = drafts.at(-1)?.kind === 'patch' ? drafts : drafts.slice(-1);
    const sources = [
      ...(drafts.at(-1)?.kind === 'incremental' && base?.manifestId ? [base.manifestId] : []),
      ...layers.map(one => one.manifestId),
    ].filter(source => source !== null);
    if (await this.#store.read.versions.haveEntries(sources, manyEntries)) slow();
    const manifestId = await this.#open();
    for (const source of sources) {
      for await (const page of this.entries(source)) {
        const entries = await this.#resolveLate(caller, version, drafts.at(-1), page);
        await this.#store.transaction(tx => tx.versions.putEntries(manifestId, entries));
      }
    }
    return manifestId;
  }

  async #resolveLate(
    caller: Caller,
    version: Version,
    draft: ManifestDraft | undefined,
    page: EntryBlob[],
  ): Promise<ManifestEntry[]> {
    const missing = page.filter(({ ref, blobId }) => ref === null && blobId === null);
    if (missing.length === 0 || !draft) return page;
    const resolved = new Map((await this.#resolve(caller, version, draft, missing)).map(entry => [entry.path, entry]));
    return page.map(entry => resolved.get(entry.path) ?? entry);
  }

  /** Computes what the manifest amounts to and seals it; an identical one that is sealed already is used instead. */
  async #seal(manifestId: number, expectedCount?: number): Promise<ManifestSummary> {
    const missing = await this.#store.read.versions.listUnresolved(manifestId, 20);
    if (missing.length > 0) throw filesWithoutBytes(missing.map(({ path }) => path));
    const digest = new ManifestDigest();
    const identity = new ManifestIdentity();
    let size = 0;
    let fileCount = 0;
    for await (const page of this.entries(manifestId)) {
      for (const entry of page) {
        digest.add(entry);
        identity.add(entry);
        size += entry.size;
        fileCount++;
      }
    }
    if (expectedCount !== undefined && fileCount !== expectedCount) {
      throw pathTwice();
    }
    if (fileCount > maxManifestEntries)
      throw new RegistryError('TOO_LARGE', `A version has at most ${maxManifestEntries} files.`);
    if (!Number.isSafeInteger(size))
      throw new RegistryError('TOO_LARGE', 'The sizes in the manifest add up to too much.');
    const summary = { id: manifestId, digest: digest.hex(), identity: identity.hex(), size, fileCount };
    const twin = await this.#store.read.versions.findSealedManifest(summary.identity, summary.digest);
    return this.#store.transaction(async tx => {
      if (twin) {
        await tx.versions.deleteManifest(manifestId);
        return twin;
      }
      await tx.versions.sealManifest(summary, this.#clock.now());
      return summary;
    });
  }
}

/** Each path stands there once; the caller has seen to that. */
function summarize(entries: ResolvedEntry[]): Omit<ManifestSummary, 'id'> {
  const digest = new ManifestDigest();
  const identity = new ManifestIdentity();
  let size = 0;
  for (const entry of entries.toSorted((a, b) => comparePaths(a.path, b.path))) {
    digest.add(entry);
    identity.add(entry);
    size += entry.size;
  }
  if (!Number.isSafeInteger(size))
    throw new RegistryError('TOO_LARGE', 'The sizes in the manifest add up to too much.');
  return { digest: digest.hex(), identity: identity.hex(), size, fileCount: entries.length };
}

function pathTwice(): RegistryError {
  return new RegistryError('MANIFEST_INVALID', 'The manifest names a path twice; every path may stand there once.');
}

function requireSize(entry: IncomingEntry, size: number): void {
  // the client writes 0 where it does not know
  if (entry.size === 0 || entry.size === size) return;
  throw new RegistryError(
    'SIZE_MISMATCH',
    `The manifest gives "${shown(entry.path)}" ${entry.size} bytes, but ${size} were uploaded.`,
  );
}

function requireDigest(summary: ManifestSummary, declared: string): void {
  if (summary.digest === declared) return;
  throw new RegistryError(
    'DIGEST_MISMATCH',
    `The version was announced with digest ${declared}, but its manifest has ${summary.digest}. Log it again.`,
  );
}

function filesWithoutBytes(paths: string[]): RegistryError {
  const named = paths
    .slice(0, 5)
    .map(path => `"${shown(path)}"`)
    .join(', ');
  return new RegistryError(
    'BLOB_UNKNOWN',
    `These files of the version were not uploaded: ${named}${paths.length > 5 ? ' and more' : ''}. Upload them, then commit again.`,
  );
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  comparePaths,
  type ManifestEntry,
  type ManifestSummary,
  ManifestTotals,
  type ResolvedEntry,
} from '../domain/manifests.ts';
import { shown } from '../domain/names.ts';
import type { Position } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { EntryBlob, ManifestDraft } from '../ports/metadata/versions.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';
import { EntryBytes, type IncomingEntry } from './entry-bytes.ts';
import { ReceivedEntries } from './received-entries.ts';
import { manyEntries, type Slow } from './slow-work.ts';
import type { VersionAccess } from './version-access.ts';

/** Entries that the transaction which commits them may write itself. */
const few = 500;
/** Entries that one transaction writes or removes: others wait for it, on SQLite even those who only read. */
const sliceSize = 2_000;
const pageSize = 1_000;

/** What a manifest amounts to, and how the transaction that commits it gets its row. */
export interface PreparedManifest extends Omit<ManifestSummary, 'id'> {
  put(tx: MetadataTransaction): Promise<ManifestSummary>;
}

/**
 * Turns what clients send as manifests into rows, in small transactions while the version is pending, so that the
 * commit only has to seal. Sealed manifests never change and are shared by versions with the same contents.
 */
export class Manifests {
  readonly #store: MetadataStore;
  readonly #versions: VersionAccess;
  readonly #bytes: EntryBytes;
  readonly #clock: Clock;

  constructor(store: MetadataStore, versions: VersionAccess, clock: Clock) {
    this.#store = store;
    this.#versions = versions;
    this.#bytes = new EntryBytes(store, versions);
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
      const received = await this.#write(manifestId, this.#resolved(caller, version, draft, batches));
      if (draft.kind === 'full' && received.missing === 0) {
        complete = await this.#seal(
          manifestId,
          received.totals?.summary() ?? (await this.#read(manifestId, received.count)),
        );
      } else if (!received.totals) {
        // What is not sealed at once is counted now: later nobody knows how many entries were sent.
        await this.#requireEachOnce(manifestId, received.count);
      }
    } catch (error) {
      await this.#forget(manifestId);
      throw error;
    }
    if (complete && version.digest !== null) requireDigest(complete, version.digest);
    await this.#store.transaction(tx => tx.versions.updateDraft(draft.id, { manifestId: complete?.id ?? manifestId }));
  }

  async *#resolved(
    caller: Caller,
    version: Version,
    draft: ManifestDraft,
    batches: AsyncIterable<IncomingEntry[]>,
  ): AsyncGenerator<ResolvedEntry[]> {
    for await (const batch of batches) {
      // SQLite answers at once: others get their turn between what is written and what is looked up
      await nextTurn();
      yield await this.#bytes.resolve(caller, version, draft, batch);
    }
  }

  /** Writes each batch in a transaction of its own, while the next one is read and looked up. */
  async #write(manifestId: number, batches: AsyncIterable<ResolvedEntry[]>): Promise<ReceivedEntries> {
    const received = new ReceivedEntries();
    let written: Promise<void> = Promise.resolve();
    try {
      for await (const batch of batches) {
        if (!received.add(batch)) throw pathTwice();
        await written;
        written = this.#store.transaction(tx => tx.versions.putEntries(manifestId, batch));
        // it is waited for below; until then nobody may hear of it
        written.catch(() => {});
      }
    } finally {
      await written;
    }
    return received;
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
    if (last.kind !== 'full') {
      const manifestId = await this.#overlay(caller, version, drafts, slow);
      return this.#seal(manifestId, await this.#read(manifestId));
    }
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
    const summary = summarize(entries);
    if (entries.length > few) {
      // what one repeats, perhaps because it took long the first time, is there already
      const known = await this.#store.read.versions.findSealedManifest(summary.identity, summary.digest);
      const sealed = known ?? (await this.#build(entries, summary));
      return { ...sealed, put: async () => sealed };
    }
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
    await tx.versions.insertSealedManifest(manifest, entries, this.#clock.now());
    return manifest;
  }

  async #build(entries: ResolvedEntry[], summary: Omit<ManifestSummary, 'id'>): Promise<ManifestSummary> {
    const manifestId = await this.#open();
    for (let from = 0; from < entries.length; from += sliceSize) {
      await this.#store.transaction(tx => tx.versions.putEntries(manifestId, entries.slice(from, from + sliceSize)));
    }
    return this.#seal(manifestId, summary);
  }

  /** All entries of a sealed manifest in the order of their paths' bytes. */
  async *entries(manifestId: number, prefix?: string): AsyncGenerator<EntryBlob[]> {
    let after: Position | undefined;
    do {
      const page = await this.#store.read.versions.listEntries(manifestId, { limit: pageSize, after }, { prefix });
      if (page.items.length > 0) yield page.items;
      after = page.next;
      // SQLite answers at once, so that nobody else would get a turn until the last page
      if (after) await nextTurn();
    } while (after);
  }

  async #open(): Promise<number> {
    return this.#store.transaction(async tx => {
      const id = tx.newId();
      await tx.versions.insertManifest({ id, createdAt: this.#clock.now() });
      return id;
    });
  }

  /** Removes an unsealed manifest. Nothing may refer to it any more: it goes slice by slice. */
  async #forget(manifestId: number): Promise<void> {
    while (!(await this.#store.transaction(tx => tx.versions.deleteManifest(manifestId, sliceSize))));
  }

  async #requireEachOnce(manifestId: number, count: number): Promise<void> {
    let stored = 0;
    for await (const page of this.entries(manifestId)) stored += page.length;
    if (stored !== count) throw pathTwice();
  }

  /** Files may arrive after the manifest that lists them: looks their bytes up once more. */
  async #sealLate(caller: Caller, version: Version, draft: ManifestDraft, slow: Slow): Promise<ManifestSummary> {
    const manifestId = draft.manifestId ?? 0;
    if (await this.#store.read.versions.haveEntries([manifestId], manyEntries)) slow();
    for await (const page of this.entries(manifestId)) {
      const missing = page.filter(lacksBytes);
      if (missing.length === 0) continue;
      const resolved = await this.#bytes.resolve(caller, version, draft, missing);
      const found = resolved.flatMap(({ path, blobId, sha256, size }) =>
        blobId === null ? [] : [{ path, blobId, sha256, size }],
      );
      if (found.length < missing.length) throw filesWithoutBytes(resolved);
      await this.#store.transaction(tx => tx.versions.resolveEntries(manifestId, found));
    }
    return this.#seal(manifestId, await this.#read(manifestId), draft);
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
  ): Promise<ResolvedEntry[]> {
    const missing = page.filter(lacksBytes);
    if (missing.length === 0 || !draft) return page;
    const resolved = new Map(
      (await this.#bytes.resolve(caller, version, draft, missing)).map(entry => [entry.path, entry]),
    );
    return page.map(entry => resolved.get(entry.path) ?? entry);
  }

  /** What the rows of a manifest amount to. */
  async #read(manifestId: number, expectedCount?: number): Promise<Omit<ManifestSummary, 'id'>> {
    const totals = new ManifestTotals();
    for await (const page of this.entries(manifestId)) {
      if (page.some(lacksBytes)) throw filesWithoutBytes(page);
      for (const entry of page) totals.add(entry);
    }
    if (expectedCount !== undefined && totals.fileCount !== expectedCount) throw pathTwice();
    return totals.summary();
  }

  /**
   * Seals a manifest; an identical one that is sealed already is used instead, by the draft as well that named the other.
   */
  async #seal(
    manifestId: number,
    counted: Omit<ManifestSummary, 'id'>,
    draft?: ManifestDraft,
  ): Promise<ManifestSummary> {
    const summary = { id: manifestId, ...counted };
    const twin = await this.#store.read.versions.findSealedManifest(summary.identity, summary.digest);
    if (!twin) {
      await this.#store.transaction(async tx => {
        // another server may have found a twin meanwhile, and be removing the entries that were counted here
        if (draft && (await tx.versions.findDraft(draft.id))?.manifestId !== manifestId)
          throw new RegistryError('BUSY', 'Another server is at this manifest; ask again.');
        await tx.versions.sealManifest(summary, this.#clock.now());
      });
      return summary;
    }
    // before the first entry goes: half a manifest must not be found by anybody
    if (draft) await this.#store.transaction(tx => tx.versions.updateDraft(draft.id, { manifestId: twin.id }));
    await this.#forget(manifestId);
    return twin;
  }
}

/** Each path stands there once; the caller has seen to that. */
function summarize(entries: ResolvedEntry[]): Omit<ManifestSummary, 'id'> {
  const totals = new ManifestTotals();
  for (const entry of entries.toSorted((a, b) => comparePaths(a.path, b.path))) totals.add(entry);
  return totals.summary();
}

function lacksBytes({ ref, blobId }: ManifestEntry): boolean {
  return ref === null && blobId === null;
}

function pathTwice(): RegistryError {
  return new RegistryError('MANIFEST_INVALID', 'The manifest names a path twice; every path may stand there once.');
}

function requireDigest(summary: ManifestSummary, declared: string): void {
  if (summary.digest === declared) return;
  throw new RegistryError(
    'DIGEST_MISMATCH',
    `The version was announced with digest ${declared}, but its manifest has ${summary.digest}. Log it again.`,
  );
}

function filesWithoutBytes(entries: ManifestEntry[]): RegistryError {
  const paths = entries.filter(lacksBytes).map(({ path }) => path);
  const named = paths
    .slice(0, 5)
    .map(path => `"${shown(path)}"`)
    .join(', ');
  return new RegistryError(
    'BLOB_UNKNOWN',
    `These files of the version were not uploaded: ${named}${paths.length > 5 ? ' and more' : ''}. Upload them, then commit again.`,
  );
}

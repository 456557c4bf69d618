import type { BlobStore, StoredBlob } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { inParallel } from './in-parallel.ts';

/** Blobs that are settled in one transaction, unless they are large. */
const listed = 100;
const readAtOnce = 8;
/** bytes; what one transaction waits for */
const groupSize = 64 << 20;

/** As long as an address for downloads that was given out may be used, and a little more. */
const keptMilliseconds = 20 * 60_000;

/**
 * Settles blobs that went straight to the storage: moves them out of the reach of the address they were sent to, computes
 * their SHA-256, and makes equal ones one. Each blob may be settled by several servers at once; the first counts.
 */
export class BlobSettlement {
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Keys that nothing refers to any more, and when they may go: somebody may be about to read them. */
  readonly #left: { key: string; from: number }[] = [];

  constructor(store: MetadataStore, blobs: BlobStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#blobs = blobs;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Blobs that nobody has settled yet, in groups to be settled together. */
  async *groups(): AsyncGenerator<Blob[]> {
    for (let after = 0; ; ) {
      const blobs = await this.#store.read.blobs.listUnhashed(after, listed);
      if (blobs.length === 0) return;
      after = blobs.at(-1)?.id ?? after;
      yield* grouped(blobs);
    }
  }

  /**
   * Settles all bytes of a manifest.
   * @throws RegistryError `STORAGE_UNAVAILABLE`, `NOT_FOUND` where the bytes are gone
   */
  async settleManifest(manifestId: number): Promise<void> {
    for (;;) {
      const blobs = await this.#store.read.blobs.listUnhashedOf(manifestId, listed);
      if (blobs.length === 0) return;
      for (const group of grouped(blobs)) {
        for (const error of (await this.settle(group)).values()) throw error;
      }
    }
  }

  /** Settles blobs, all in one transaction. @returns those that could not be, and why */
  async settle(blobs: readonly Blob[]): Promise<Map<Blob, unknown>> {
    const settled: Settled[] = [];
    const failures = new Map<Blob, unknown>();
    await inParallel(readAtOnce, blobs, async blob => {
      try {
        settled.push({ blob, stored: await this.#move(blob) });
      } catch (error) {
        failures.set(blob, error);
      }
    });
    const surplus = settled.length > 0 ? await this.#record(settled) : [];
    for (const key of surplus) this.#left.push({ key, from: this.#clock.now() + keptMilliseconds });
    return failures;
  }

  /** Frees what was left behind long enough ago. */
  async freeLeft(): Promise<void> {
    const now = this.#clock.now();
    while ((this.#left[0]?.from ?? Number.POSITIVE_INFINITY) <= now) {
      const { key } = this.#left.shift() ?? { key: '' };
      await this.#discard(key);
    }
  }

  async #move(blob: Blob): Promise<StoredBlob> {
    const transfer = this.#blobs.presigned;
    if (transfer === undefined)
      throw new Error(`blob ${blob.id} has no SHA-256, and the storage knows no direct transfer`);
    const stored = await transfer.settle(blob.physicalKey, blob.size);
    if (stored.md5 === blob.md5) return stored;
    await this.#discard(stored.key, blob.physicalKey);
    throw new Error(`the bytes of blob ${blob.id} are not those that were verified when they arrived`);
  }

  /** @returns keys that nothing refers to any more */
  #record(settled: readonly Settled[]): Promise<string[]> {
    return this.#store.transaction(async tx => {
      // From here on whoever has the same bytes waits: what is read behind it is what is so.
      const known = await tx.blobs.findBlobsBySha256(settled.map(({ stored }) => stored.sha256));
      const current = await tx.blobs.findBlobs(settled.map(({ blob }) => blob.id));
      const owners = new Map(known.map(({ sha256, id }) => [sha256, id]));
      const keys = new Map(current.flatMap(one => (one.sha256 === null ? [[one.id, one.physicalKey] as const] : [])));
      const surplus: string[] = [];
      const found: { id: number; sha256: string; physicalKey: string }[] = [];
      const merged: { id: number; into: number }[] = [];
      for (const { blob, stored } of settled) {
        const { sha256, key: physicalKey } = stored;
        const owner = owners.get(sha256);
        const othersWereFaster = keys.get(blob.id) !== blob.physicalKey;
        let kept: string | undefined;
        if (othersWereFaster) {
          // what becomes of the old key is for them to say
          kept = blob.physicalKey;
        } else if (owner === undefined) {
          owners.set(sha256, blob.id);
          found.push({ id: blob.id, sha256, physicalKey });
          kept = physicalKey;
        } else {
          merged.push({ id: blob.id, into: owner });
        }
        for (const key of new Set([physicalKey, blob.physicalKey])) if (key !== kept) surplus.push(key);
      }
      await tx.blobs.updateBlobHashes(found);
      for (const { id, into } of merged) await tx.blobs.mergeBlob(id, into);
      return surplus;
    });
  }

  async #discard(key: string, unless?: string): Promise<void> {
    if (key === unless) return;
    await this.#blobs.delete(key).catch(error => this.#logger.warn({ error, key }, 'could not free surplus bytes'));
  }
}

interface Settled {
  blob: Blob;
  stored: StoredBlob;
}

/** Many small ones, or a large one alone. */
function* grouped(blobs: readonly Blob[]): Generator<Blob[]> {
  let group: Blob[] = [];
  let size = 0;
  for (const blob of blobs) {
    if (group.length > 0 && size + blob.size > groupSize) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(blob);
    size += blob.size;
  }
  if (group.length > 0) yield group;
}

import type { BlobStore, StoredBlob } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';

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

  /** Settles all bytes of a manifest. */
  async settleManifest(manifestId: number): Promise<void> {
    for (;;) {
      const blobs = await this.#store.read.blobs.listUnhashedOf(manifestId, 100);
      if (blobs.length === 0) return;
      for (const blob of blobs) await this.settle(blob);
    }
  }

  /** @throws RegistryError `STORAGE_UNAVAILABLE`, `NOT_FOUND` where the bytes are gone */
  async settle(blob: Blob): Promise<void> {
    const transfer = this.#blobs.presigned;
    if (transfer === undefined)
      throw new Error(`blob ${blob.id} has no SHA-256, and the storage knows no direct transfer`);
    const stored = await transfer.settle(blob.physicalKey);
    if (stored.md5 !== blob.md5 || stored.size !== blob.size) {
      await this.#discard(stored.key, blob.physicalKey);
      throw new Error(`the bytes of blob ${blob.id} are not those that were verified when they arrived`);
    }
    const surplus = await this.#record(blob, stored);
    for (const key of surplus) this.#left.push({ key, from: this.#clock.now() + keptMilliseconds });
  }

  /** Frees what was left behind long enough ago. */
  async freeLeft(): Promise<void> {
    const now = this.#clock.now();
    while ((this.#left[0]?.from ?? Number.POSITIVE_INFINITY) <= now) {
      const { key } = this.#left.shift() ?? { key: '' };
      await this.#discard(key);
    }
  }

  /** @returns keys that nothing refers to any more */
  #record(blob: Blob, stored: StoredBlob): Promise<string[]> {
    const mine = stored.key === blob.physicalKey ? [] : [stored.key];
    return this.#store.transaction(async tx => {
      const current = await tx.blobs.findBlob(blob.id);
      // Somebody was faster, or it is another by now.
      if (current?.id !== blob.id || current.sha256 !== null) return mine;
      const twin = await tx.blobs.findBlobBySha256(stored.sha256);
      if (!twin) {
        await tx.blobs.updateBlobHash(blob.id, { sha256: stored.sha256, physicalKey: stored.key });
        return stored.key === blob.physicalKey ? [] : [blob.physicalKey];
      }
      await tx.blobs.mergeBlob(blob.id, twin.id);
      return [...mine, blob.physicalKey];
    });
  }

  async #discard(key: string, unless?: string): Promise<void> {
    if (key === unless) return;
    await this.#blobs.delete(key).catch(error => this.#logger.warn({ error, key }, 'could not free surplus bytes'));
  }
}

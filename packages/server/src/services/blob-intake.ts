import { RegistryError } from '../domain/registry-error.ts';
import type { BlobStore, ByteSource, ExpectedBytes, StoredBlob } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';

/** Failures after which a transaction may have been committed all the same. */
const mayHaveCommitted: ReadonlySet<string> = new Set(['BUSY', 'STORAGE_FULL', 'STORAGE_UNAVAILABLE', 'INTERNAL']);

/** Who sent the bytes, and whose account holds them. */
export interface Sender {
  userId: number;
  entityId: number;
}

/**
 * Takes bytes that the blob store holds durably into the database, in that order, so that a row never lacks its bytes.
 * Equal bytes (by SHA-256) are one blob; a stored copy that is gone or has the wrong size is healed by the new one.
 */
export class BlobIntake {
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(store: MetadataStore, blobs: BlobStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#blobs = blobs;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Stores a stream, then runs `then` in the transaction that makes the blob known. */
  async receive<T>(
    source: ByteSource,
    expected: ExpectedBytes,
    sender: Sender,
    then: (tx: MetadataTransaction, blob: Blob) => Promise<T>,
  ): Promise<T> {
    const stored = await this.#blobs.write(source, expected);
    try {
      return await this.adopt(stored, sender, then);
    } catch (error) {
      // A refusal rolled the transaction back, and nobody else knows these bytes. After any other failure the commit
      // may have happened: bytes that are perhaps referenced are never freed here.
      if (error instanceof RegistryError && !mayHaveCommitted.has(error.code)) await this.#discard(stored.key);
      throw error;
    }
  }

  /**
   * The same for bytes that are stored already, possibly by several callers at once for the same key. Bytes that are
   * known under another key are surplus and freed.
   */
  async adopt<T>(
    stored: StoredBlob,
    sender: Sender,
    then: (tx: MetadataTransaction, blob: Blob) => Promise<T>,
  ): Promise<T> {
    const known = await this.#store.read.blobs.findBlobBySha256(stored.sha256);
    const healthy = known !== undefined && (await this.#blobs.stat(known.physicalKey))?.size === known.size;
    const { result, surplus } = await this.#store.transaction(async tx => {
      // Looked up again: another transaction may have brought the same bytes in the meantime.
      const current = await tx.blobs.findBlobBySha256(stored.sha256);
      if (!current) return { result: await then(tx, await this.#insert(tx, stored, sender)), surplus: false };
      if (current.physicalKey === stored.key) return { result: await then(tx, current), surplus: false };
      if (current.physicalKey !== known?.physicalKey || healthy)
        return { result: await then(tx, current), surplus: true };
      await tx.blobs.updateBlobKey(current.id, stored.key);
      this.#logger.warn({ blob: current.id }, 'healed a stored blob that was missing or had the wrong size');
      return { result: await then(tx, { ...current, physicalKey: stored.key }), surplus: false };
    });
    if (surplus) await this.#discard(stored.key);
    return result;
  }

  async #insert(tx: MetadataTransaction, stored: StoredBlob, sender: Sender): Promise<Blob> {
    const blob: Blob = {
      id: tx.newId(),
      physicalKey: stored.key,
      size: stored.size,
      md5: stored.md5,
      sha256: stored.sha256,
      createdBy: sender.userId,
      createdAt: this.#clock.now(),
    };
    await tx.blobs.insertBlobs([blob]);
    await tx.blobs.addUsage(sender.entityId, { physicalBytes: stored.size });
    return blob;
  }

  async #discard(key: string): Promise<void> {
    await this.#blobs.delete(key).catch(error => this.#logger.warn({ error, key }, 'could not free surplus bytes'));
  }
}

export function uploadGone(): RegistryError {
  return new RegistryError('GONE', 'This upload was finished, abandoned or has expired; start a new one.');
}

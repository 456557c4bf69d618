import type { PhysicalKey } from '../../../ports/blob-store.ts';

/** So many blobs at most; of older ones it is not known. */
const mostBlobs = 1000;

/** How much of a blob nobody has read yet. */
export interface Unread {
  bytes: number;
}

/**
 * Blobs that this process wrote past the page cache and nobody has read. Their first reader goes past it, too, which
 * costs a third; from the second on they are worth being kept there. After a restart every read fills the cache.
 */
export class UnreadBytes {
  /** Insertion order is order of age. */
  readonly #blobs = new Map<PhysicalKey, Unread>();

  add(key: PhysicalKey, bytes: number): void {
    this.#blobs.set(key, { bytes });
    const [oldest] = this.#blobs.keys();
    if (this.#blobs.size > mostBlobs && oldest !== undefined) this.#blobs.delete(oldest);
  }

  of(key: PhysicalKey): Unread | undefined {
    const unread = this.#blobs.get(key);
    if (unread !== undefined && unread.bytes <= 0) this.#blobs.delete(key);
    return unread;
  }

  delete(key: PhysicalKey): void {
    this.#blobs.delete(key);
  }
}

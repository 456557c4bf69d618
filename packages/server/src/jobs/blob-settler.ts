import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { BlobSettlement } from '../services/blob-settlement.ts';
import { JobLease } from './job-lease.ts';

const listed = 100;

/** Settles blobs that went straight to the storage, soon after they were taken in. One server at a time does so. */
export class BlobSettler {
  readonly #store: MetadataStore;
  readonly #settlement: BlobSettlement;
  readonly #logger: Logger;
  readonly #lease: JobLease;

  constructor(store: MetadataStore, settlement: BlobSettlement, clock: Clock, logger: Logger, holder: string) {
    this.#store = store;
    this.#settlement = settlement;
    this.#logger = logger;
    this.#lease = new JobLease(store, clock, 'blob-settler', holder);
  }

  /** @param stop ends it after the blob that is being settled */
  async run(stop?: AbortSignal): Promise<void> {
    await this.#settlement.freeLeft();
    for (let after = 0; ; ) {
      const blobs = await this.#store.read.blobs.listUnhashed(after, listed);
      if (blobs.length === 0) return;
      for (const blob of blobs) {
        if (stop?.aborted || !(await this.#lease.take())) return;
        after = blob.id;
        // reading a large one takes longer than the lease
        await this.#lease
          .keep(() => this.#settlement.settle(blob))
          .catch(error => {
            if (!stop?.aborted)
              this.#logger.error({ error, blob: blob.id }, 'could not settle a blob; it is tried again');
          });
      }
    }
  }
}

import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { BlobSettlement } from '../services/blob-settlement.ts';
import { JobLease } from './job-lease.ts';

/** Settles blobs that went straight to the storage, soon after they were taken in. One server at a time does so. */
export class BlobSettler {
  readonly #settlement: BlobSettlement;
  readonly #logger: Logger;
  readonly #lease: JobLease;

  constructor(store: MetadataStore, settlement: BlobSettlement, clock: Clock, logger: Logger, holder: string) {
    this.#settlement = settlement;
    this.#logger = logger;
    this.#lease = new JobLease(store, clock, 'blob-settler', holder);
  }

  /** @param stop ends it after the blobs that are being settled */
  async run(stop?: AbortSignal): Promise<void> {
    await this.#settlement.freeLeft();
    for await (const blobs of this.#settlement.groups()) {
      if (stop?.aborted || !(await this.#lease.take())) return;
      try {
        // reading a large one takes longer than the lease
        const failures = await this.#lease.keep(() => this.#settlement.settle(blobs));
        for (const [blob, error] of failures) this.#report(stop, { error, blob: blob.id });
      } catch (error) {
        this.#report(stop, { error, blobs: blobs.length });
      }
    }
  }

  #report(stop: AbortSignal | undefined, context: Record<string, unknown>): void {
    if (!stop?.aborted) this.#logger.error(context, 'could not settle blobs; they are tried again');
  }
}

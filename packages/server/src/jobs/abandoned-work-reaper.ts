import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { JobLease } from './job-lease.ts';

const day = 24 * 3_600_000;
export const abandonedAfter = 7 * day;
const answersKept = day;

/** Ends pending versions and unfinished uploads that nobody touched for seven days, and forgets old answers and leases. */
export class AbandonedWorkReaper {
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lease: JobLease;
  #sweptAt: number;

  constructor(store: MetadataStore, blobs: BlobStore, clock: Clock, logger: Logger, holder: string) {
    this.#store = store;
    this.#blobs = blobs;
    this.#clock = clock;
    this.#logger = logger;
    this.#lease = new JobLease(store, clock, 'abandoned-work-reaper', holder);
    // The start did so.
    this.#sweptAt = clock.now();
  }

  async run(): Promise<void> {
    const now = this.#clock.now();
    const mine = await this.#lease.take();
    if (!mine) return;
    await this.#expireVersions(now);
    await this.#abortUploads(now);
    await this.#sweep(now);
    await this.#store.transaction(async tx => {
      await tx.instance.deleteAnswersBefore(now - answersKept);
      await tx.instance.deleteLeasesBefore(now - answersKept);
    });
  }

  /** What no record tells of: of uploads whose server was lost before it wrote one. */
  async #sweep(now: number): Promise<void> {
    if (now - this.#sweptAt < day) return;
    this.#sweptAt = now;
    await this.#blobs.removeLeftovers();
  }

  async #expireVersions(now: number): Promise<void> {
    const ids = await this.#store.read.versions.listExpiredPending(now - abandonedAfter, 100);
    for (const id of ids) {
      await this.#store.transaction(async tx => {
        const version = await tx.versions.lockVersion(id);
        // Somebody may have gone on with it since it was listed.
        if (version?.state !== 'pending' || version.updatedAt >= now - abandonedAfter) return;
        await tx.versions.updateVersion(id, { state: 'expired', updatedAt: now });
        await tx.blobs.unstage(id);
      });
    }
    if (ids.length > 0) this.#logger.info({ count: ids.length }, 'ended abandoned pending versions');
  }

  async #abortUploads(now: number): Promise<void> {
    const uploads = await this.#store.read.blobs.listIdleUploads(now - abandonedAfter, 100);
    for (const upload of uploads) {
      const mine = await this.#store.transaction(tx => tx.blobs.abortIdleUpload(upload.id, now - abandonedAfter, now));
      // What somebody finished since it was listed is a blob by now.
      if (mine && upload.uploadKey !== null) await this.#blobs.abortUpload(upload.uploadKey);
    }
    if (uploads.length > 0) this.#logger.info({ count: uploads.length }, 'ended abandoned uploads');
  }
}

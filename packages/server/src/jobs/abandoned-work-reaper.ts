import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { JobLease } from './job-lease.ts';

const day = 24 * 3_600_000;
export const abandonedAfter = 7 * day;
const answersKept = day;
const batch = 100;
const rowsAtOnce = 1_000;
const pauseBetween = 20;

/**
 * Ends pending versions and unfinished uploads that nobody touched for seven days, and forgets what versions were made
 * from, manifests that were not completed, old answers and leases.
 */
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
    await this.#lease.run(async () => {
      const now = this.#clock.now();
      await this.#expireVersions(now);
      await this.#unstage();
      await this.#removeManifests(now);
      await this.#abortUploads(now);
      await this.#freeUploads();
      await this.#sweep(now);
      await this.#store.transaction(async tx => {
        await tx.instance.deleteAnswersBefore(now - answersKept);
        await tx.instance.deleteLeasesBefore(now - answersKept);
      });
    });
  }

  /** What no record tells of: of uploads whose server was lost before it wrote one. Once a day, whichever server it is. */
  async #sweep(now: number): Promise<void> {
    if (now - this.#sweptAt < day) return;
    this.#sweptAt = now;
    const today = await this.#store.transaction(tx => tx.instance.takeLease('leftovers', randomUUID(), now, now + day));
    if (today) await this.#blobs.removeLeftovers();
  }

  async #expireVersions(now: number): Promise<void> {
    const before = now - abandonedAfter;
    const count = await inBatches(
      () => this.#store.read.versions.listExpiredPending(before, batch),
      id =>
        this.#store.transaction(async tx => {
          const version = await tx.versions.lockVersion(id);
          // Somebody may have gone on with it since it was listed.
          if (version?.state !== 'pending' || version.updatedAt >= before) return;
          await tx.versions.updateVersion(id, { state: 'expired', updatedAt: now });
        }),
    );
    if (count > 0) this.#logger.info({ count }, 'ended abandoned pending versions');
  }

  /** What versions leave behind that were committed or ended. */
  async #unstage(): Promise<void> {
    await inBatches(
      () => this.#store.read.blobs.listStagedInVain(batch),
      id => inSlices(() => this.#store.transaction(tx => tx.blobs.unstage(id, rowsAtOnce))),
    );
  }

  /** Those of servers that were lost, those that were sent anew, and parts of what has been put together. */
  async #removeManifests(now: number): Promise<void> {
    await inBatches(
      () => this.#store.read.versions.listUnsealedInVain(now - abandonedAfter, batch),
      id => inSlices(() => this.#store.transaction(tx => tx.versions.deleteManifest(id, rowsAtOnce))),
    );
  }

  async #abortUploads(now: number): Promise<void> {
    const before = now - abandonedAfter;
    const count = await inBatches(
      () => this.#store.read.blobs.listIdleUploads(before, batch),
      // What somebody finished since it was listed is a blob by now.
      ({ id }) => this.#store.transaction(tx => tx.blobs.abortIdleUpload(id, before, now)),
    );
    if (count > 0) this.#logger.info({ count }, 'ended abandoned uploads');
  }

  /** Frees what aborted uploads hold. Their key is forgotten afterwards, so that a lost server leaves nothing behind. */
  async #freeUploads(): Promise<void> {
    let after = 0;
    await inBatches(
      () => this.#store.read.blobs.listAbortedUploads(after, batch),
      async ({ id, uploadKey }) => {
        after = id;
        try {
          await this.#blobs.abortUpload(uploadKey);
          await this.#store.transaction(tx => tx.blobs.updateUpload(id, { uploadKey: null }));
        } catch (error) {
          this.#logger.warn({ error, upload: id }, 'could not free an aborted upload; it is tried again');
        }
      },
    );
  }
}

/** Many rows, with time for others between them. */
async function inSlices(remove: () => Promise<boolean>): Promise<void> {
  while (!(await remove())) await pause(pauseBetween);
}

/** Answers how many there were. */
async function inBatches<T>(list: () => Promise<T[]>, act: (item: T) => Promise<unknown>): Promise<number> {
  for (let count = 0; ; ) {
    const items = await list();
    for (const item of items) await act(item);
    count += items.length;
    if (items.length < batch) return count;
  }
}

import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Removals } from '../services/removals.ts';
import { JobLease } from './job-lease.ts';

const batch = 100;

/** Deletes versions whose time to live is over, unless they are linked. One server does it at a time, under a lease. */
export class TimeToLiveReaper {
  readonly #store: MetadataStore;
  readonly #removals: Removals;
  readonly #clock: Clock;
  readonly #lease: JobLease;

  constructor(store: MetadataStore, removals: Removals, clock: Clock, holder: string) {
    this.#store = store;
    this.#removals = removals;
    this.#clock = clock;
    this.#lease = new JobLease(store, clock, 'time-to-live-reaper', holder);
  }

  async run(): Promise<void> {
    const now = this.#clock.now();
    if ((await this.#store.read.versions.listPastTimeToLive(now, 1)).length === 0) return;
    await this.#lease.run(async () => {
      while ((await this.#removals.expireVersions(batch)) === batch);
    });
  }
}

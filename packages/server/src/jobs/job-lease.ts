import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { whileRenewing } from '../services/while-renewing.ts';

export const leaseMilliseconds = 5 * 60_000;

/** Lets one server at a time do a job; where that one is lost, another begins when the lease ends. */
export class JobLease {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #job: string;
  readonly #holder: string;

  constructor(store: MetadataStore, clock: Clock, job: string, holder: string) {
    this.#store = store;
    this.#clock = clock;
    this.#job = job;
    this.#holder = holder;
  }

  /** Takes the lease, or goes on holding it. False while another server has it. */
  take(): Promise<boolean> {
    const now = this.#clock.now();
    return this.#store.transaction(tx => tx.instance.takeLease(this.#job, this.#holder, now, now + leaseMilliseconds));
  }

  /** Does the work unless another server is at it, and holds the lease as long as that takes. */
  async run(work: () => Promise<void>): Promise<void> {
    if (await this.take()) await this.keep(work);
  }

  /** Holds a lease that was taken as long as the work takes. */
  keep<T>(work: () => Promise<T>): Promise<T> {
    return whileRenewing(leaseMilliseconds / 3, () => this.take(), work);
  }
}

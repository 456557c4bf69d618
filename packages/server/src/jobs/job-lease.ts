import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { Claim } from '../services/claim.ts';

export const leaseMilliseconds = 5 * 60_000;

/** Lets one server at a time do a job; where that one is lost, another begins when the lease ends. */
export class JobLease extends Claim {
  constructor(store: MetadataStore, clock: Clock, job: string, holder: string) {
    super(store, clock, { name: job, holder, milliseconds: leaseMilliseconds });
  }

  /** Does the work unless another server is at it, and holds the lease as long as that takes. */
  async run(work: () => Promise<void>): Promise<void> {
    if (await this.take()) await this.keep(work);
  }
}

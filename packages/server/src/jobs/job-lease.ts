import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';

const milliseconds = 5 * 60_000;

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
    return this.#store.transaction(tx => tx.instance.takeLease(this.#job, this.#holder, now, now + milliseconds));
  }
}

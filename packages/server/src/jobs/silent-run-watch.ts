import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Runs } from '../services/runs.ts';
import { JobLease } from './job-lease.ts';

const batch = 100;

/**
 * Declares runs crashed that have not been heard of for a while: their machine went away without a word. One server does
 * it at a time, under a lease.
 */
export class SilentRunWatch {
  readonly #store: MetadataStore;
  readonly #runs: Runs;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lease: JobLease;
  readonly #silenceMilliseconds: number;
  readonly #listeningSince: number;

  constructor(parts: {
    store: MetadataStore;
    runs: Runs;
    clock: Clock;
    logger: Logger;
    holder: string;
    silenceMilliseconds: number;
  }) {
    this.#store = parts.store;
    this.#runs = parts.runs;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#lease = new JobLease(parts.store, parts.clock, 'silent-run-watch', parts.holder);
    this.#silenceMilliseconds = parts.silenceMilliseconds;
    this.#listeningSince = parts.clock.now();
  }

  async run(): Promise<void> {
    const now = this.#clock.now();
    const since = now - this.#silenceMilliseconds;
    // While the server was down it could hear of nobody: silence counts from its start.
    if (this.#listeningSince > since) return;
    if ((await this.#store.read.runs.listSilentRuns(since, 1)).length === 0) return;
    let count = 0;
    await this.#lease.run(async () => {
      for (let found = batch; found === batch; count += found) found = await this.#runs.declareCrashed(since, batch);
    });
    if (count > 0) this.#logger.info({ count }, 'declared silent runs crashed');
  }
}

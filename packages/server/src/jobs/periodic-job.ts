import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../ports/logger.ts';

/** How long a stopping server waits for work that is under way; each of it may be broken off at any moment, as by a crash. */
const patienceMilliseconds = 3_000;

/** Runs a piece of background work again and again, one at a time, until it is stopped; a failure is logged, not fatal. */
export class PeriodicJob {
  readonly #name: string;
  readonly #work: (stop: AbortSignal) => Promise<void>;
  readonly #everyMilliseconds: number;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(name: string, everyMilliseconds: number, work: (stop: AbortSignal) => Promise<void>, logger: Logger) {
    this.#name = name;
    this.#everyMilliseconds = everyMilliseconds;
    this.#work = work;
    this.#logger = logger;
  }

  start(): void {
    this.#schedule();
  }

  /** Tells what runs to end. Resolves once it has, or has been given the time to. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    if (!this.#running) return;
    const late = new AbortController();
    await Promise.race([
      this.#running,
      pause(patienceMilliseconds, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#work(this.#stop.signal)
        .catch(error =>
          this.#logger.error({ error, job: this.#name }, 'a background job failed and will be tried again'),
        )
        .finally(() => this.#schedule());
    }, this.#everyMilliseconds);
    this.#timer.unref();
  }
}

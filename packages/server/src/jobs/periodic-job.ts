import type { Logger } from '../ports/logger.ts';

/** Runs a piece of background work again and again, one at a time, until it is stopped; a failure is logged, not fatal. */
export class PeriodicJob {
  readonly #name: string;
  readonly #work: () => Promise<void>;
  readonly #everyMilliseconds: number;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(name: string, everyMilliseconds: number, work: () => Promise<void>, logger: Logger) {
    this.#name = name;
    this.#everyMilliseconds = everyMilliseconds;
    this.#work = work;
    this.#logger = logger;
  }

  start(): void {
    this.#schedule();
  }

  /** Resolves once nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#work()
        .catch(error =>
          this.#logger.error({ error, job: this.#name }, 'a background job failed and will be tried again'),
        )
        .finally(() => this.#schedule());
    }, this.#everyMilliseconds);
    this.#timer.unref();
  }
}

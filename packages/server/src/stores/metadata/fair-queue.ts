/** Runs so many pieces of work at a time, first come, first served. */
export class FairQueue {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;

  constructor(width = 1) {
    this.#width = width;
  }

  /** pieces of work that run now */
  get running(): number {
    return this.#running;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    // whoever leaves hands its place to the one that waits longest, so nobody slips in between
    if (this.#running >= this.#width) await new Promise<void>(resolve => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else {
        this.#running -= 1;
        if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
      }
    }
  }

  /** Resolves when all that waits now is done. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>(resolve => this.#idle.push(resolve));
  }
}

/**
 * Lets only a few syncs run at a time. Each blocks a thread of libuv's pool (four by default) for as long as the
 * disk takes, and the threads that are left serve everybody's reads and writes.
 */
export class SyncLanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(lanes: number) {
    this.#free = lanes;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

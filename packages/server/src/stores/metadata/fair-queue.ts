/** Runs one piece of work at a time, first come, first served. */
export class FairQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.then(ignore, ignore);
    return result;
  }

  /** Resolves when all that waits now is done. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}

function ignore(): void {}

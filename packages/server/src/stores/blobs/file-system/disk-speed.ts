/** What is weighed: about as much as came last, so that a disk that gets slower or faster is noticed. */
const windowBytes = 128 << 20;

/** How fast a disk takes writes, by those of late. */
export class DiskSpeed {
  #bytes = 0;
  #milliseconds = 0;
  #underWay = 0;
  #since = 0;

  /** @returns bytes per second; undefined where nothing has been written yet */
  get value(): number | undefined {
    return this.#milliseconds > 0 ? (this.#bytes * 1000) / this.#milliseconds : undefined;
  }

  /** Does a write and counts it. The time in which none is under way is not the disk's. */
  async measure(bytes: number, write: () => Promise<void>): Promise<void> {
    if (this.#underWay++ === 0) this.#since = performance.now();
    try {
      await write();
      this.#bytes += bytes;
    } finally {
      this.#underWay--;
      const now = performance.now();
      this.#milliseconds += now - this.#since;
      this.#since = now;
      if (this.#bytes > windowBytes) {
        this.#bytes /= 2;
        this.#milliseconds /= 2;
      }
    }
  }
}

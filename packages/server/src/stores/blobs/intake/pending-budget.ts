/** Somebody who collects bytes before writing them, and can be told to write what there is. */
export interface Collector {
  /** Writes what was collected so far as soon as a slot is free, and reads nothing more until then. */
  flush(): void;
}

/**
 * Bounds what all uploads of the process hold in not yet full megabytes. Past the limit the collector that has been
 * quiet longest is told to write, so stalled senders give way first and busy ones keep their large writes.
 */
export class PendingBudget {
  readonly #limit: number;
  /** Insertion order is order of activity, the quietest first. */
  readonly #held = new Map<Collector, number>();
  #total = 0;

  constructor(limit = 8 << 20) {
    this.#limit = limit;
  }

  get total(): number {
    return this.#total;
  }

  add(collector: Collector, bytes: number): void {
    const held = this.#held.get(collector) ?? 0;
    this.#held.delete(collector);
    this.#held.set(collector, held + bytes);
    this.#total += bytes;
    if (this.#total <= this.#limit) return;
    let excess = this.#total - this.#limit;
    for (const [quiet, quietBytes] of [...this.#held]) {
      if (excess <= 0) break;
      excess -= quietBytes;
      quiet.flush();
    }
  }

  remove(collector: Collector, bytes: number): void {
    const held = this.#held.get(collector);
    if (held === undefined) return;
    const rest = held - bytes;
    if (rest > 0) this.#held.set(collector, rest);
    else this.#held.delete(collector);
    this.#total -= Math.min(held, bytes);
  }
}

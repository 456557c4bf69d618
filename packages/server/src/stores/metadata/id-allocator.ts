import { sql } from 'kysely';
import type { Database } from './schema.ts';

export interface IdCounter {
  /** row of the `counters` table */
  name: string;
  /** ids reserved at a time; what is not used when the server stops is lost */
  block: number;
  /** spare ids that a transaction finds at least, whatever runs beside it */
  reserve: number;
  /** greatest id there may be */
  largest: number;
}

export const idCounter: IdCounter = { name: 'id', block: 16_384, reserve: 8_192, largest: Number.MAX_SAFE_INTEGER };
/** small blocks and numbers: the wandb client reads a project's id as a 32-bit integer */
export const projectIdCounter: IdCounter = { name: 'project', block: 64, reserve: 32, largest: 2 ** 31 - 1 };

/**
 * Hands out ids from blocks reserved in the database, so that several servers never meet and taking one needs no
 * query. Ids of a rolled-back transaction are not given again.
 */
export class IdAllocator {
  readonly #counter: IdCounter;
  /** reserved ranges, `end` excluded */
  readonly #ranges: { next: number; end: number }[] = [];

  constructor(counter: IdCounter) {
    this.#counter = counter;
  }

  /** @param transactions that run, each of which may take as many as it is promised */
  needsRefill(transactions: number): boolean {
    return this.#spare() < this.#counter.reserve * transactions;
  }

  /** Reserves a block. `tx` is a transaction of its own: what is handed out must not be rolled back. */
  async reserve(tx: Database): Promise<{ keep(): void }> {
    const { name, block, largest } = this.#counter;
    const row = await tx
      .updateTable('counters')
      .set({ next: sql<number>`next + ${block}` })
      .where('name', '=', name)
      .returning('next')
      .executeTakeFirstOrThrow();
    if (row.next - 1 > largest) throw new Error(`the counter "${name}" is used up`);
    const range = { next: row.next - block, end: row.next };
    return { keep: () => this.#ranges.push(range) };
  }

  take(): number {
    const range = this.#ranges[0];
    if (range === undefined) {
      throw new Error(
        `One transaction took more than the ${this.#counter.reserve} ids of "${this.#counter.name}" that are kept ` +
          'ready; do the work in several transactions.',
      );
    }
    const id = range.next++;
    if (range.next === range.end) this.#ranges.shift();
    return id;
  }

  #spare(): number {
    return this.#ranges.reduce((sum, range) => sum + range.end - range.next, 0);
  }
}

/** One buffer that worker threads see too. `bytes` are the first `length` bytes of it. */
export interface Slot {
  readonly index: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Several bodies of one sender that waits for all: among them the lowest rank goes first. */
export interface Turn {
  readonly group: object;
  readonly rank: number;
}

/**
 * A fixed number of shared buffers for the whole process: the bound on memory and the back-pressure of all uploads.
 *
 * A slot is taken only when its bytes are already here, and is held for one disk write and two hashes, never while a
 * sender is awaited. So holders wait for nothing a client controls, every waiter is served in turn, and no number of
 * stalled senders can starve the others.
 */
export class TransferSlots {
  readonly slotBytes: number;
  readonly memory: SharedArrayBuffer;
  readonly #free: number[];
  readonly #waiting: { serve: (index: number) => void; turn: Turn | undefined }[] = [];

  constructor(count = 16, slotBytes = 1 << 20) {
    this.slotBytes = slotBytes;
    const bytes = count * slotBytes;
    // One that could grow begins at a page, which direct writes to the disk need; others begin 16 bytes behind.
    this.memory = new SharedArrayBuffer(bytes, { maxByteLength: bytes });
    this.#free = Array.from({ length: count }, (_, index) => count - 1 - index);
  }

  get freeCount(): number {
    return this.#free.length;
  }

  /** A free slot's index, or undefined where one has to wait in line. */
  tryTake(): number | undefined {
    return this.#free.pop();
  }

  take(turn?: Turn): Promise<number> {
    const index = this.#free.pop();
    if (index !== undefined) return Promise.resolve(index);
    return new Promise(resolve => this.#waiting.push({ serve: resolve, turn }));
  }

  /** The whole memory of a slot, to be filled. */
  space(index: number): Uint8Array {
    return new Uint8Array(this.memory, index * this.slotBytes, this.slotBytes);
  }

  filled(index: number, length: number): Slot {
    return { index, length, bytes: new Uint8Array(this.memory, index * this.slotBytes, length) };
  }

  give(index: number): void {
    const next = this.#nextInLine();
    if (next === undefined) this.#free.push(index);
    else next(index);
  }

  /** The first in line, who lets those of its own group go before it that have a lower rank. */
  #nextInLine(): ((index: number) => void) | undefined {
    const line = this.#waiting;
    const turn = line[0]?.turn;
    let best = 0;
    if (turn !== undefined) {
      let lowest = turn.rank;
      for (const [place, waiter] of line.entries()) {
        if (waiter.turn?.group !== turn.group || waiter.turn.rank >= lowest) continue;
        lowest = waiter.turn.rank;
        best = place;
      }
    }
    return line.splice(best, 1)[0]?.serve;
  }
}

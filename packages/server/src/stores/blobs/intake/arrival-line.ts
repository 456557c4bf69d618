import type { Turn } from './transfer-slots.ts';

/** What one read of a socket brings at most; as much means that more lies ready. */
const fullChunkBytes = 60_000;
/** A first in line that brought nothing for so long is not waited for. */
const patienceMs = 100;
/** How often those who are held back look again. */
const lookMs = 10;
/** So far may the reader of the file be behind before those who come too fast wait until it has caught up. */
const farBehindBytes = 16 << 20;
/** Farther than this it takes seconds, as after a restart, and nobody is asked to wait. */
const hopelessBytes = 1 << 30;

/** The hash that goes through the parts one after the other. */
export interface Follower {
  /** Bytes that are in place and not taken up yet. */
  readonly behind: number;
  /** Pending while it reads what it could not be fed; undefined when it can be fed. */
  readonly reading: Promise<unknown> | undefined;
}

/**
 * Lets the parts of one upload come in by their numbers while they come faster than we can take them. The hash of the
 * whole goes through them one after the other and is the slowest step: parts that share the road evenly are all there
 * at the end, and much of the hashing would only begin then.
 *
 * Held back are only bodies whose bytes lie ready whenever we read, or that run ahead of such a one. Over a network
 * that is slower than we are nobody waits, so parallel connections bring what they can.
 */
export class ArrivalLine {
  readonly #follower: Follower;
  /** By rank. */
  readonly #present: ArrivalTurn[] = [];
  #catchingUp = false;

  constructor(follower: Follower) {
    this.#follower = follower;
  }

  enter(rank: number): ArrivalTurn {
    const turn = new ArrivalTurn(this, rank);
    const behind = this.#present.findIndex(other => other.rank > rank);
    this.#present.splice(behind < 0 ? this.#present.length : behind, 0, turn);
    return turn;
  }

  leave(turn: ArrivalTurn): void {
    const place = this.#present.indexOf(turn);
    if (place >= 0) this.#present.splice(place, 1);
    turn.left.resolve();
    // The next one need not wait for its timer.
    this.#present[0]?.first.resolve();
  }

  holds(turn: ArrivalTurn): boolean {
    if (!this.#present.includes(turn)) return false;
    const { behind, reading } = this.#follower;
    if (reading === undefined || behind > hopelessBytes) this.#catchingUp = false;
    else if (behind > farBehindBytes) this.#catchingUp = true;
    if (this.#catchingUp && turn.presses) return true;
    const [first] = this.#present;
    return first !== turn && first?.presses === true;
  }

  async wait(turn: ArrivalTurn): Promise<void> {
    while (this.holds(turn)) {
      const look = Promise.withResolvers<void>();
      const timer = setTimeout(look.resolve, lookMs);
      const reading = this.#catchingUp ? this.#follower.reading : undefined;
      turn.first = Promise.withResolvers();
      await Promise.race([look.promise, turn.left.promise, turn.first.promise, ...(reading ? [reading] : [])]);
      clearTimeout(timer);
    }
  }
}

/** The place of one body in the line. */
export class ArrivalTurn implements Turn {
  readonly group: ArrivalLine;
  readonly rank: number;
  readonly left = Promise.withResolvers<void>();
  /** Resolved when it comes to be the first. */
  first = Promise.withResolvers<void>();
  #waiting = false;
  #lastChunk = performance.now();
  /** How many of the latest chunks were full, from 0 to 1. A newcomer is thought to be fast. */
  #fullShare = 1;

  constructor(group: ArrivalLine, rank: number) {
    this.group = group;
    this.rank = rank;
  }

  /** Whether its bytes come faster than we take them. */
  get presses(): boolean {
    return this.#fullShare > 0.5 && (this.#waiting || performance.now() - this.#lastChunk < patienceMs);
  }

  get held(): boolean {
    return this.group.holds(this);
  }

  arrived(bytes: number): void {
    this.#lastChunk = performance.now();
    this.#fullShare += ((bytes >= fullChunkBytes ? 1 : 0) - this.#fullShare) / 16;
  }

  /** Resolves when it need not stand back any more. */
  async wait(): Promise<void> {
    this.#waiting = true;
    await this.group.wait(this);
    this.#waiting = false;
    this.#lastChunk = performance.now();
  }

  leave(): void {
    this.group.leave(this);
  }
}

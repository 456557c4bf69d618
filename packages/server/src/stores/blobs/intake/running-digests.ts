import { createHash } from 'node:crypto';
import type { HashAlgorithm } from './hash-messages.ts';
import type { HashLane, HashState, HashWorkers } from './hash-workers.ts';
import type { Slot } from './transfer-slots.ts';

/** Lower-case hex by algorithm; those that were asked for are there. */
export type Digests = Partial<Record<HashAlgorithm, string>>;

/** Where to run a hash other than in the lane of its algorithm. */
export type DigestLanes = Partial<Record<HashAlgorithm, HashLane>>;

/** Several hashes over the same bytes, in the workers. */
export class RunningDigests {
  readonly #states: [HashAlgorithm, HashState][];

  constructor(workers: HashWorkers, algorithms: readonly HashAlgorithm[], lanes: DigestLanes = {}) {
    this.#states = algorithms.map(algorithm => [algorithm, workers.open(algorithm, lanes[algorithm])]);
  }

  async update(slot: Slot): Promise<void> {
    await Promise.all(this.#states.map(([, state]) => state.update(slot)));
  }

  async finish(): Promise<Digests> {
    const digests: Digests = {};
    await Promise.all(
      this.#states.map(async ([algorithm, state]) => {
        digests[algorithm] = await state.digest();
      }),
    );
    return digests;
  }

  drop(): void {
    for (const [, state] of this.#states) state.drop();
  }

  /** The hashes one by one, for readers of files that let each go at its own pace. */
  get states(): readonly HashState[] {
    return this.#states.map(([, state]) => state);
  }
}

/** Hashes a small body here and now: cheaper than two messages, and too short to be felt by the event loop. */
export function digestsOf(chunks: readonly Uint8Array[], algorithms: readonly HashAlgorithm[]): Digests {
  const digests: Digests = {};
  for (const algorithm of algorithms) {
    const hash = createHash(algorithm);
    for (const chunk of chunks) hash.update(chunk);
    digests[algorithm] = hash.digest('hex');
  }
  return digests;
}

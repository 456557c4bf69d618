import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Follower } from '../intake/arrival-line.ts';
import type { HashState } from '../intake/hash-workers.ts';
import { RunningDigests } from '../intake/running-digests.ts';
import type { Slot } from '../intake/transfer-slots.ts';
import type { StoreContext } from './store-context.ts';

/** One turn of a worker: some milliseconds, so that other uploads are served in between. */
const turnBytes = 4 << 20;
/** So many turns are asked for at a time: a worker must not stand still until a busy main thread asks for the next. */
const turnsAhead = 3;

/**
 * MD5 and SHA-256 of a file from its start, following behind the bytes that are in place. The workers read the file
 * themselves, out of the page cache as a rule. So it does not matter in which order parts came, nor whether the
 * process was restarted meanwhile: hashing then begins anew and catches up.
 */
export class PrefixHash implements Follower {
  readonly #context: StoreContext;
  readonly #path: string;
  #digests: RunningDigests | undefined;
  /** Bytes from the start that will not change. */
  #ready = 0;
  #run: Promise<void> | undefined;
  #generation = 0;
  #failure: unknown;
  #positions = new Map<HashState, number>();

  constructor(context: StoreContext, path: string) {
    this.#context = context;
    this.#path = path;
  }

  /** Bytes from the start that are hashed or will be. */
  get ready(): number {
    return this.#ready;
  }

  /** Bytes in place that no worker was told of yet. */
  get behind(): number {
    if (this.#digests === undefined) return this.#ready;
    return this.#ready - Math.min(...this.#digests.states.map(state => this.#positions.get(state) ?? 0));
  }

  /** Pending while workers read the file; `feed` takes nothing meanwhile. */
  get reading(): Promise<void> | undefined {
    return this.#run;
  }

  /** Says that the first `ready` bytes are in place. Hashing goes on in the background. */
  advance(ready: number): void {
    if (ready <= this.#ready) return;
    this.#ready = ready;
    this.#start();
  }

  /** Says that bytes change which may be hashed already; only the first `ready` stand. */
  restart(ready: number): void {
    this.drop();
    this.advance(ready);
  }

  /**
   * Hashes bytes while they are in a slot, which spares reading them back. Only when all before them are hashed.
   * @returns undefined where that is not so: then `advance` does it when the bytes are in place.
   */
  feed(slot: Slot, position: number): Promise<void> | undefined {
    if (this.#run !== undefined || this.#failure !== undefined) return undefined;
    this.#digests ??= this.#begin();
    const { states } = this.#digests;
    if (states.some(state => (this.#positions.get(state) ?? 0) !== position)) return undefined;
    const end = position + slot.length;
    for (const state of states) this.#positions.set(state, end);
    this.#ready = Math.max(this.#ready, end);
    return this.#digests.update(slot);
  }

  drop(): void {
    this.#generation++;
    this.#ready = 0;
    this.#digests?.drop();
    this.#digests = undefined;
    this.#positions.clear();
    this.#failure = undefined;
  }

  /** The hashes of exactly the first `size` bytes, all of which must be in place. */
  async finish(size: number): Promise<{ md5: string; sha256: string }> {
    if (size < this.#ready) this.restart(size);
    this.advance(size);
    this.#start();
    while (this.#run !== undefined) await this.#run;
    const failure = this.#failure;
    const digests = this.#digests;
    this.#digests = undefined;
    this.#positions.clear();
    this.#failure = undefined;
    if (failure !== undefined) {
      digests?.drop();
      throw this.#context.guard.failure(failure);
    }
    const { md5 = '', sha256 = '' } = (await digests?.finish()) ?? {};
    return { md5, sha256 };
  }

  #begin(): RunningDigests {
    return new RunningDigests(this.#context.resources.workers, ['md5', 'sha256']);
  }

  #start(): void {
    if (this.#run !== undefined || this.#failure !== undefined) return;
    this.#run = this.#catchUp()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#run = undefined;
        // A restart while the last turn ran leaves work that nobody else would begin.
        if (this.#failure === undefined && this.behind > 0) this.#start();
      });
  }

  async #catchUp(): Promise<void> {
    const { operations } = this.#context;
    const file = await operations.open(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      do {
        const generation = this.#generation;
        this.#digests ??= this.#begin();
        const turns = this.#digests.states.map(state => this.#follow(state, file, generation));
        const failed = (await Promise.allSettled(turns)).find(turn => turn.status === 'rejected');
        if (failed !== undefined && generation === this.#generation) throw failed.reason;
      } while (this.behind > 0);
    } finally {
      await file.close();
    }
  }

  async #follow(state: HashState, file: FileHandle, generation: number): Promise<void> {
    const asked: Promise<void>[] = [];
    try {
      for (;;) {
        const position = this.#positions.get(state) ?? 0;
        const length = Math.min(turnBytes, this.#ready - position);
        if (generation !== this.#generation) return;
        if (length > 0) {
          this.#positions.set(state, position + length);
          const turn = state.updateFromFile(file.fd, position, length);
          turn.catch(() => {});
          asked.push(turn);
        }
        if (asked.length === 0) return;
        if (length <= 0 || asked.length >= turnsAhead) await asked.shift();
      }
    } finally {
      // The file is closed next, and a worker must not read from a descriptor that is another's by then.
      await Promise.allSettled(asked);
    }
  }
}

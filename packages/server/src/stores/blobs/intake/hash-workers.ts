import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { HashAlgorithm, HashReply, HashRequest, HashWorkerData } from './hash-messages.ts';
import type { Slot, TransferSlots } from './transfer-slots.ts';

/** One hash that runs in a worker. Calls are answered in order; after a rejection the state is of no more use. */
export interface HashState {
  update(slot: Slot): Promise<void>;
  /** Hashes bytes of an open file that the worker reads itself. */
  updateFromFile(fd: number, position: number, length: number): Promise<void>;
  /** Lower-case hex; ends the state. */
  digest(): Promise<string>;
  drop(): void;
}

/**
 * Which threads a hash may run in: MD5 of whole files, SHA-256, or MD5 of parts of files. Each lane has its own, so
 * that none keeps another's from its turn. MD5 is the slowest step of every upload and cannot be split; among the
 * hashes of many parts the one of the whole would get a small share, and everybody would wait for it in the end.
 */
export type HashLane = 'md5' | 'sha256' | 'parts';

const half = Math.max(1, Math.min(4, availableParallelism() >> 1));
const threadsOf: Record<HashLane, number> = { md5: half, sha256: Math.ceil(half / 2), parts: half };
/** Worker threads shared by every transfer of the process, started when first needed. */
export class HashWorkers {
  readonly #slots: TransferSlots;
  readonly #lanes: Record<HashLane, HashThread[]> = { md5: [], sha256: [], parts: [] };

  constructor(slots: TransferSlots) {
    this.#slots = slots;
  }

  open(algorithm: HashAlgorithm, lane: HashLane = algorithm): HashState {
    const thread = this.#leastLoaded(lane);
    const state = thread.open(algorithm);
    thread.load++;
    let open = true;
    const release = () => {
      if (open) thread.load--;
      open = false;
    };
    return {
      update: async slot => void (await thread.ask({ do: 'update', state, slot: slot.index, length: slot.length })),
      updateFromFile: async (fd, position, length) =>
        void (await thread.ask({ do: 'update-from-file', state, fd, position, length })),
      digest: () => thread.ask({ do: 'digest', state }).finally(release),
      drop: () => {
        if (open) thread.tell({ do: 'drop', state });
        release();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).flatMap(lane => lane.splice(0).map(thread => thread.stop())));
  }

  #leastLoaded(name: HashLane): HashThread {
    const lane = this.#lanes[name].filter(thread => !thread.dead);
    this.#lanes[name] = lane;
    let best: HashThread | undefined;
    for (const thread of lane) if (best === undefined || thread.load < best.load) best = thread;
    if (best === undefined || (best.load > 0 && lane.length < threadsOf[name])) {
      best = new HashThread({
        slots: this.#slots.memory,
        slotBytes: this.#slots.slotBytes,
      });
      lane.push(best);
    }
    return best;
  }
}

type Unticketed<T> = T extends { ticket: number } ? Omit<T, 'ticket'> : never;

class HashThread {
  load = 0;
  dead = false;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (digest: string) => void; reject: (reason: Error) => void }>();
  #lastState = 0;
  #lastTicket = 0;

  constructor(data: HashWorkerData) {
    this.#worker = new Worker(new URL('./hash-worker.mjs', import.meta.url), {
      workerData: data,
      execArgv: [],
      // It holds a few hashes and messages; the defaults would let it keep tens of megabytes of garbage.
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: HashReply) => this.#settle(reply));
    this.#worker.on('error', error => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#die(new Error('the hash worker has stopped')));
  }

  open(algorithm: HashAlgorithm): number {
    const state = ++this.#lastState;
    this.tell({ do: 'open', state, algorithm });
    return state;
  }

  tell(request: HashRequest): void {
    if (!this.dead) this.#worker.postMessage(request);
  }

  ask(request: Unticketed<HashRequest>): Promise<string> {
    if (this.dead) return Promise.reject(new Error('the hash worker has stopped'));
    const ticket = ++this.#lastTicket;
    // Without this a script that only waits for a hash would leave before it has it.
    if (this.#waiting.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(ticket, { resolve, reject });
      this.#worker.postMessage({ ...request, ticket });
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: HashReply): void {
    const waiter = this.#waiting.get(reply.ticket);
    this.#waiting.delete(reply.ticket);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.error === undefined) waiter?.resolve(reply.digest ?? '');
    else waiter?.reject(new Error(reply.error));
  }

  #die(reason: Error): void {
    this.dead = true;
    for (const waiter of this.#waiting.values()) waiter.reject(reason);
    this.#waiting.clear();
  }
}

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

/** MD5 costs about twice what SHA-256 does on processors with SHA instructions; used to spread states evenly. */
const cost: Record<HashAlgorithm, number> = { md5: 2, sha256: 1 };

/**
 * A few worker threads shared by every transfer of the process, started when first needed. A new state goes to the
 * least loaded worker, so a lone upload has its MD5 in one thread and its SHA-256 in another, and the parts of a
 * multipart upload spread over both.
 */
export class HashWorkers {
  readonly #slots: TransferSlots;
  readonly #threads: HashThread[] = [];
  readonly #limit: number;

  constructor(slots: TransferSlots, limit = Math.min(4, Math.max(2, availableParallelism()))) {
    this.#slots = slots;
    this.#limit = limit;
  }

  open(algorithm: HashAlgorithm): HashState {
    const thread = this.#leastLoaded();
    const state = thread.open(algorithm);
    const weight = cost[algorithm];
    thread.load += weight;
    let open = true;
    const release = () => {
      if (open) thread.load -= weight;
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
    await Promise.all(this.#threads.splice(0).map(thread => thread.stop()));
  }

  #leastLoaded(): HashThread {
    for (let i = this.#threads.length - 1; i >= 0; i--) if (this.#threads[i]?.dead) this.#threads.splice(i, 1);
    let best: HashThread | undefined;
    for (const thread of this.#threads) if (best === undefined || thread.load < best.load) best = thread;
    if (best === undefined || (best.load > 0 && this.#threads.length < this.#limit)) {
      best = new HashThread({ slots: this.#slots.memory, slotBytes: this.#slots.slotBytes });
      this.#threads.push(best);
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
    this.#worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { workerData: data, execArgv: [] });
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

import { randomUUID } from 'node:crypto';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lease } from '../ports/metadata/instance.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { Claim } from './claim.ts';
import { failureFrom, failureText } from './failure-text.ts';

/** From so many files on, what goes over all of them is one server's work. Fewer take a fraction of a second. */
export const manyEntries = 10_000;

export interface SlowWorkTimes {
  /** The wandb client gives up on one attempt after 30 s, and asks again. */
  patience: number;
  /** how long a server that has gone away keeps others from its work */
  claim: number;
  /** how often a server looks whether another has done it */
  look: number;
}

const times: SlowWorkTimes = { patience: 25_000, claim: 30_000, look: 500 };

/** Says that what follows takes long. Before it comes nothing that may not be done twice. */
export type Slow = () => void;
type Work<T> = (slow: Slow) => Promise<T>;

/**
 * Work that may outlast one request: asking for it again joins what runs, at whichever server that is. Who waited long
 * enough is told to ask again, by the one error that clients try again after.
 *
 * Only work that says it is slow is claimed in the database, so that what is quick costs nothing. It then begins anew
 * under the claim, as another server may just have finished it.
 */
export class SlowWork {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #server: string;
  readonly #times: SlowWorkTimes;
  readonly #running = new Map<string, Promise<unknown>>();

  /** @param server a name that no other server has, and that this one had before it was started anew */
  constructor(store: MetadataStore, clock: Clock, server: string = randomUUID(), given: Partial<SlowWorkTimes> = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#server = server;
    this.#times = { ...times, ...given };
  }

  /**
   * @param work is done again where another server has done it: then it finds its result
   * @throws RegistryError `BUSY` while it runs on
   */
  async join<T>(key: string, work: Work<T>): Promise<T> {
    // what was put under a key is what that key's work gives
    const running = (this.#running.get(key) as Promise<T> | undefined) ?? this.#start(key, work);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      const busy = () => reject(new RegistryError('BUSY', 'This still takes a moment; ask again.'));
      timer = setTimeout(busy, this.#times.patience);
    });
    try {
      return await Promise.race([running, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives up what this server had begun before it was started anew. */
  async forgetOwn(): Promise<void> {
    await this.#store.transaction(tx => tx.instance.dropLeasesOf(`${this.#server}/`));
  }

  #start<T>(key: string, work: Work<T>): Promise<T> {
    const running = this.#run(`work ${key}`, work).finally(() => this.#running.delete(key));
    // Nobody may be waiting any more when it fails; whoever asks next begins anew.
    running.catch(() => {});
    this.#running.set(key, running);
    return running;
  }

  async #run<T>(name: string, work: Work<T>): Promise<T> {
    for (;;) {
      try {
        return await work(() => {
          throw new TakesLong();
        });
      } catch (error) {
        if (!(error instanceof TakesLong)) throw error;
      }
      const terms = { name, holder: `${this.#server}/${randomUUID()}`, milliseconds: this.#times.claim };
      const claim = new Claim(this.#store, this.#clock, terms);
      if (await claim.take()) return whileClaimed(claim, work);
      await this.#othersEnd(name);
    }
  }

  /** Resolves once the work is done or its server is lost; throws what made it fail. */
  async #othersEnd(name: string): Promise<void> {
    let joined: Lease | undefined;
    for (;;) {
      const lease = await this.#store.read.instance.findLease(name);
      joined ??= lease;
      if (lease === undefined || lease.holder !== joined?.holder) return;
      if (lease.failure !== null) throw failureFrom(lease.failure);
      if (lease.until <= this.#clock.now()) return;
      await new Promise(resolve => setTimeout(resolve, this.#times.look).unref());
    }
  }
}

/** Ends the part that comes before a claim. */
class TakesLong extends Error {}

async function whileClaimed<T>(claim: Claim, work: Work<T>): Promise<T> {
  let result: T;
  try {
    result = await claim.keep(() => work(() => {}));
  } catch (error) {
    await claim.fail(failureText(error));
    throw error;
  }
  await claim.drop();
  return result;
}

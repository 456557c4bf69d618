import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';

export interface ClaimTerms {
  /** what is claimed */
  name: string;
  /** who claims it; the same name may take it again */
  holder: string;
  /** how long a server that has gone away keeps others from it */
  milliseconds: number;
}

/** A server's claim to work that no other is to do at the same time. Where the server is lost, the claim runs out. */
export class Claim {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #terms: ClaimTerms;

  constructor(store: MetadataStore, clock: Clock, terms: ClaimTerms) {
    this.#store = store;
    this.#clock = clock;
    this.#terms = terms;
  }

  /** Takes it, or goes on holding it. False while another has it. */
  take(): Promise<boolean> {
    return this.#store.transaction(tx => this.takeIn(tx));
  }

  takeIn(tx: MetadataTransaction): Promise<boolean> {
    const { name, holder, milliseconds } = this.#terms;
    const now = this.#clock.now();
    return tx.instance.takeLease(name, holder, now, now + milliseconds);
  }

  /** Holds what was taken as long as the work takes. */
  async keep<T>(work: () => Promise<T>): Promise<T> {
    let renewal: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      // a claim outlasts several of these: a database that does not answer for a moment is asked again in time
      renewal = this.take().catch(() => {});
    }, this.#terms.milliseconds / 3).unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await renewal;
    }
  }

  /** Gives it back before it runs out; where that fails, it runs out. */
  async drop(): Promise<void> {
    await this.#store.transaction(tx => this.dropIn(tx)).catch(() => {});
  }

  dropIn(tx: MetadataTransaction): Promise<void> {
    return tx.instance.dropLease(this.#terms.name, this.#terms.holder);
  }

  /** Gives it back and tells those who wait why; where that fails, it runs out. */
  async fail(failure: string): Promise<void> {
    const { name, holder } = this.#terms;
    await this.#store
      .transaction(tx => tx.instance.failLease(name, holder, this.#clock.now(), failure))
      .catch(() => {});
  }
}

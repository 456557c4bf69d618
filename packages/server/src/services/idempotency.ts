import { createHash, randomUUID } from 'node:crypto';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { StoredAnswer } from '../ports/metadata/instance.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { Claim } from './claim.ts';

/** How long a server that has gone away keeps others from answering; one that works renews its claim in time. */
const claimMilliseconds = 30_000;

interface Answer {
  status: number;
  body: string;
}

/**
 * Remembers the answer to a request that carries an `Idempotency-Key`, so that sending it twice acts once, whichever
 * server gets it.
 */
export class Idempotency {
  readonly #store: MetadataStore;
  readonly #clock: Clock;

  constructor(store: MetadataStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Runs `act` once for a key, and answers as the first time from then on. Server errors are not remembered.
   * @throws RegistryError `IDEMPOTENCY_KEY_REUSED` with another request, `BUSY` while the first one still runs
   */
  async once(
    userId: number,
    key: string,
    request: { method: string; path: string; body: string },
    act: () => Promise<Answer>,
  ): Promise<Answer & { repeated: boolean }> {
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw new RegistryError('INVALID_INPUT', 'Idempotency-Key has 1 to 255 printable characters.');
    const requestHash = createHash('sha256')
      .update(`${request.method}\n${request.path}\n${request.body}`)
      .digest('hex');
    const terms = { name: `answer ${userId} ${key}`, holder: randomUUID(), milliseconds: claimMilliseconds };
    const claim = new Claim(this.#store, this.#clock, terms);
    const known = (await this.#store.read.instance.findAnswer(userId, key)) ?? (await this.#claim(claim, userId, key));
    if (known) return repeat(known, requestHash);
    const answer = await claim.keep(act).catch(async error => {
      // what fails may be tried again at once
      await claim.drop();
      throw error;
    });
    await this.#store.transaction(async tx => {
      if (answer.status < 500) {
        await tx.instance.putAnswer(userId, key, { ...answer, requestHash, createdAt: this.#clock.now() });
      }
      await claim.dropIn(tx);
    });
    return { ...answer, repeated: false };
  }

  /** Keeps all others from acting for the key, or finds what one of them answered in the meantime. */
  async #claim(claim: Claim, userId: number, key: string): Promise<StoredAnswer | undefined> {
    return this.#store.transaction(async tx => {
      if (!(await claim.takeIn(tx))) {
        throw new RegistryError(
          'BUSY',
          'The first request with this Idempotency-Key still runs; send it again shortly.',
        );
      }
      const answer = await tx.instance.findAnswer(userId, key);
      if (answer) await claim.dropIn(tx);
      return answer;
    });
  }
}

function repeat(known: StoredAnswer, requestHash: string): Answer & { repeated: boolean } {
  if (known.requestHash !== requestHash) {
    throw new RegistryError(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used for another request; take a new one.',
    );
  }
  return { status: known.status, body: known.body, repeated: true };
}

import { createHash, randomUUID } from 'node:crypto';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { StoredAnswer } from '../ports/metadata/instance.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { whileRenewing } from './while-renewing.ts';

/** How long a server that has gone away keeps others from answering; one that works renews its claim in time. */
const claimMilliseconds = 30_000;
const renewMilliseconds = claimMilliseconds / 3;

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
    const claim = { name: `answer ${userId} ${key}`, holder: randomUUID() };
    const known = (await this.#store.read.instance.findAnswer(userId, key)) ?? (await this.#claim(claim, userId, key));
    if (known) return repeat(known, requestHash);
    const answer = await this.#whileClaimed(claim, act);
    await this.#store.transaction(async tx => {
      if (answer.status < 500) {
        await tx.instance.putAnswer(userId, key, { ...answer, requestHash, createdAt: this.#clock.now() });
      }
      await tx.instance.dropLease(claim.name, claim.holder);
    });
    return { ...answer, repeated: false };
  }

  /** Keeps all others from acting for the key, or finds what one of them answered in the meantime. */
  async #claim(claim: Claim, userId: number, key: string): Promise<StoredAnswer | undefined> {
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      if (!(await tx.instance.takeLease(claim.name, claim.holder, now, now + claimMilliseconds))) {
        throw new RegistryError(
          'BUSY',
          'The first request with this Idempotency-Key still runs; send it again shortly.',
        );
      }
      const answer = await tx.instance.findAnswer(userId, key);
      if (answer) await tx.instance.dropLease(claim.name, claim.holder);
      return answer;
    });
  }

  /** Acts, and renews the claim as long as that takes. What fails may be tried again at once. */
  async #whileClaimed({ name, holder }: Claim, act: () => Promise<Answer>): Promise<Answer> {
    const renew = () => {
      const until = this.#clock.now() + claimMilliseconds;
      return this.#store.transaction(tx => tx.instance.takeLease(name, holder, until - claimMilliseconds, until));
    };
    try {
      return await whileRenewing(renewMilliseconds, renew, act);
    } catch (error) {
      await this.#store.transaction(tx => tx.instance.dropLease(name, holder)).catch(() => {});
      throw error;
    }
  }
}

interface Claim {
  name: string;
  holder: string;
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

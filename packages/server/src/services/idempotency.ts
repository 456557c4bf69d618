import { createHash } from 'node:crypto';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';

/** Remembers the answer to a request that carries an `Idempotency-Key`, so that sending it twice acts once. */
export class Idempotency {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #running = new Set<string>();

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
    act: () => Promise<{ status: number; body: string }>,
  ): Promise<{ status: number; body: string; repeated: boolean }> {
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw new RegistryError('INVALID_INPUT', 'Idempotency-Key has 1 to 255 printable characters.');
    const requestHash = createHash('sha256')
      .update(`${request.method}\n${request.path}\n${request.body}`)
      .digest('hex');
    const known = await this.#store.read.instance.findAnswer(userId, key);
    if (known) {
      if (known.requestHash !== requestHash) {
        throw new RegistryError(
          'IDEMPOTENCY_KEY_REUSED',
          'This Idempotency-Key was used for another request; take a new one.',
        );
      }
      return { status: known.status, body: known.body, repeated: true };
    }
    const running = `${userId}:${key}`;
    if (this.#running.has(running))
      throw new RegistryError('BUSY', 'The first request with this Idempotency-Key still runs; send it again shortly.');
    this.#running.add(running);
    try {
      const answer = await act();
      if (answer.status < 500) {
        await this.#store.transaction(tx =>
          tx.instance.putAnswer(userId, key, { ...answer, requestHash, createdAt: this.#clock.now() }),
        );
      }
      return { ...answer, repeated: false };
    } finally {
      this.#running.delete(running);
    }
  }
}

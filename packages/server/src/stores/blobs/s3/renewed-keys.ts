import { setTimeout as pause } from 'node:timers/promises';
import type { S3Credentials, S3Keys } from './s3-keys.ts';

/** Between two times that whoever gives out the keys is asked, in milliseconds. */
const leastPauseMs = 30_000;
/** Left to get new ones in, whatever their whole life is. */
const spareMs = 5 * 60_000;
const longestWaitMs = 20_000;

/**
 * Keys that somebody gives out for a time, as a cloud does to its machines, or that somebody may replace in their file. They are
 * asked for again when half of their life is over, because an address that was signed with them ends with them, and at once when
 * the storage refuses them.
 */
export class RenewedKeys implements S3Credentials {
  readonly #load: () => Promise<S3Keys>;
  readonly #now: () => number;
  #keys: S3Keys | undefined;
  #loading: Promise<S3Keys> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #givenAt = Number.NEGATIVE_INFINITY;

  /** @param load asks for them, anew each time */
  constructor(load: () => Promise<S3Keys>, now: () => number = Date.now) {
    this.#load = load;
    this.#now = now;
  }

  async current(): Promise<S3Keys> {
    const keys = this.#keys;
    if (!keys) return this.#ask();
    const end = keys.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    const left = end - this.#now();
    if (left <= 0) return this.#ask();
    if (left < Math.max(spareMs, (end - this.#givenAt) / 2) && this.#mayAskAgain()) {
      // nobody waits for new ones while the old ones are good
      this.#ask().catch(() => {});
    }
    return keys;
  }

  async renew(refused: S3Keys): Promise<boolean> {
    if (this.#keys && !areSame(this.#keys, refused)) return true;
    if (!this.#loading && !this.#mayAskAgain()) return false;
    const keys = await this.#ask().catch(() => refused);
    return !areSame(keys, refused);
  }

  #mayAskAgain(): boolean {
    return this.#now() - this.#askedAt >= leastPauseMs;
  }

  #ask(): Promise<S3Keys> {
    this.#loading ??= this.#loadInTime().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadInTime(): Promise<S3Keys> {
    this.#askedAt = this.#now();
    const giveUp = new AbortController();
    const tooLate = pause(longestWaitMs, undefined, { signal: giveUp.signal, ref: false }).then(() => {
      throw new Error(`Nobody gave keys for the object storage within ${longestWaitMs / 1000} seconds.`);
    });
    tooLate.catch(() => {});
    try {
      this.#keys = await Promise.race([this.#load(), tooLate]);
      this.#givenAt = this.#now();
      return this.#keys;
    } finally {
      giveUp.abort();
    }
  }
}

function areSame(one: S3Keys, other: S3Keys): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
  );
}

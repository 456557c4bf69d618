import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';

/** What a ticket permits: to put the bytes of one upload, to get one blob, and so on. */
export type TicketPurpose = 'put-upload' | 'get-blob' | 'get-manifest' | 'get-run-file';

const lifetimeSeconds: Record<TicketPurpose, number> = {
  'put-upload': 24 * 3600,
  'get-blob': 3600,
  'get-manifest': 3600,
  'get-run-file': 3600,
};

/**
 * Tickets let a client transfer the bytes of one thing without credentials, as the wandb client does. Each is bound to
 * its purpose, object and user, and expires by the server's clock.
 */
export class Tickets {
  /** a key made once: made for each signature it takes Node seven times as long */
  readonly #secret: KeyObject;
  readonly #clock: Clock;

  /** @param secret at least 32 bytes, the same on every server of the installation */
  constructor(secret: Buffer, clock: Clock) {
    if (secret.length < 32) throw new Error('the ticket secret must have at least 32 bytes');
    this.#secret = createSecretKey(secret);
    this.#clock = clock;
  }

  /** `<expiry>.<user>.<signature>`, fit for a query string as it is. */
  issue(purpose: TicketPurpose, objectId: number, userId: number): string {
    const expires = Math.floor(this.#clock.now() / 1000) + lifetimeSeconds[purpose];
    return `${expires.toString(36)}.${userId.toString(36)}.${this.#sign(purpose, objectId, userId, expires)}`;
  }

  /**
   * @returns the user the ticket was issued for, whose standing the caller checks again
   * @throws RegistryError `TICKET_EXPIRED` for an expired, altered or foreign ticket
   */
  verify(ticket: string | undefined, purpose: TicketPurpose, objectId: number): number {
    const match = /^([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{43})$/.exec(ticket ?? '');
    const expires = Number.parseInt(match?.[1] ?? '', 36);
    const userId = Number.parseInt(match?.[2] ?? '', 36);
    const expected = match && Buffer.from(this.#sign(purpose, objectId, userId, expires));
    const given = Buffer.from(match?.[3] ?? '');
    if (
      !expected ||
      given.length !== expected.length ||
      !timingSafeEqual(given, expected) ||
      expires * 1000 < this.#clock.now()
    ) {
      throw new RegistryError('TICKET_EXPIRED', 'This transfer address has expired or was altered; ask for a new one.');
    }
    return userId;
  }

  #sign(purpose: TicketPurpose, objectId: number, userId: number, expires: number): string {
    return createHmac('sha256', this.#secret)
      .update(`${purpose}\n${objectId}\n${userId}\n${expires}`)
      .digest('base64url');
  }
}

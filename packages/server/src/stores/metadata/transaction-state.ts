/**
 * Where a connection is between the beginning and the end of its transaction. After an error a transaction takes no
 * further statement, on every database, and once it has ended nothing can be done through it any more.
 */
export class TransactionState {
  #state: 'free' | 'in transaction' | 'failed' | 'ended' = 'free';
  #failure: unknown;

  /** what ended the transaction, if something did */
  get failure(): unknown {
    return this.#failure;
  }

  begin(): void {
    this.#state = 'in transaction';
  }

  end(): void {
    this.#state = 'ended';
  }

  /** Notes that a statement failed; outside a transaction that concerns nobody else. */
  fail(error: unknown): void {
    if (this.#state !== 'in transaction') return;
    this.#state = 'failed';
    this.#failure = error;
  }

  /** @throws Error where the transaction takes no statement any more */
  requireUsable(): void {
    if (this.#state === 'ended')
      throw new Error('This transaction has ended; nothing can be done through it any more.');
    if (this.#state === 'failed') {
      throw new Error('An error ended this transaction; let it reject, then begin anew.', { cause: this.#failure });
    }
  }

  /** @throws the error that ended the transaction */
  requireCommittable(): void {
    if (this.#state === 'failed') throw this.#failure;
  }
}

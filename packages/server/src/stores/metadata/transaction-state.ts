/**
 * Where a connection is between the beginning and the end of its transaction. After an error a transaction takes no
 * further statement, on every database, and once it has ended nothing can be done through it any more.
 */
export class TransactionState {
  #state: 'free' | 'in transaction' | 'failed' | 'ended' = 'free';
  #failure: unknown;
  #isTold = true;

  /** what ended the transaction, if something did */
  get failure(): unknown {
    return this.#failure;
  }

  get isInTransaction(): boolean {
    return this.#state === 'in transaction';
  }

  begin(): void {
    this.#state = 'in transaction';
  }

  end(): void {
    this.#state = 'ended';
  }

  /**
   * Notes that a statement failed; outside a transaction that concerns nobody else.
   * @param told false where nobody waits for the statement: then the next one throws the error
   */
  fail(error: unknown, { told = true } = {}): void {
    if (this.#state !== 'in transaction') return;
    this.#state = 'failed';
    this.#failure = error;
    this.#isTold = told;
  }

  /** @throws Error where the transaction takes no statement any more */
  requireUsable(): void {
    if (this.#state === 'failed' && !this.#isTold) {
      this.#isTold = true;
      throw this.#failure;
    }
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

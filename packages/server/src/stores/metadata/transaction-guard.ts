import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Knows whether the running code was called from inside a transaction. There, the root of the store is out of bounds:
 * with one connection it would wait for its own caller for ever, with several it would silently escape the transaction.
 */
export class TransactionGuard {
  readonly #storage = new AsyncLocalStorage<{ open: boolean }>();

  async run<T>(work: () => Promise<T>): Promise<T> {
    const scope = { open: true };
    return await this.#storage.run(scope, async () => {
      try {
        return await work();
      } finally {
        scope.open = false;
      }
    });
  }

  /** @throws Error a mistake in the calling code, not something a user can cause */
  refuse(what: string): void {
    if (this.#storage.getStore()?.open) {
      throw new Error(`${what} was used inside a transaction; there, read and write through the transaction alone.`);
    }
  }
}

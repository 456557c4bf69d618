import { RegistryError } from '../../../domain/registry-error.ts';

/** The client gives up on one attempt after 30 s, and asks again. */
const patienceMs = 25_000;

/**
 * Work that may outlast one request: asking for it again joins what runs. Who waited long enough is told to ask again,
 * by the one error the client tries again after.
 */
export class WorkInProgress {
  readonly #running = new Map<string, Promise<unknown>>();

  /** @throws RegistryError `BUSY` while it runs on */
  async join<T>(key: string, work: () => Promise<T>): Promise<T> {
    // what was put under a key is what that key's work gives
    const running = (this.#running.get(key) as Promise<T> | undefined) ?? this.#start(key, work);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RegistryError('BUSY', 'This still takes a moment; ask again.')), patienceMs);
    });
    try {
      return await Promise.race([running, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  #start<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = work().finally(() => this.#running.delete(key));
    // Nobody may be waiting any more when it fails; whoever asks next begins anew.
    running.catch(() => {});
    this.#running.set(key, running);
    return running;
  }
}

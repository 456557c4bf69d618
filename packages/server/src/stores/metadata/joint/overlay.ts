/** A map over another one, which it changes only when it is kept. */
export class Overlay<K, V> {
  readonly #base: Map<K, V>;
  readonly #own = new Map<K, V>();

  constructor(base: Map<K, V>) {
    this.#base = base;
  }

  get(key: K): V | undefined {
    return this.#own.get(key) ?? this.#base.get(key);
  }

  set(key: K, value: V): void {
    this.#own.set(key, value);
  }

  keep(): void {
    for (const [key, value] of this.#own) this.#base.set(key, value);
  }
}

/**
 * Names for statements that come again: PostgreSQL parses and plans a named one once for each connection. A text has to
 * come twice, and there are so many names at most, because connections never forget one.
 */
export class StatementNames {
  readonly #capacity: number;
  readonly #names = new Map<string, string>();
  #seenOnce = new Set<string>();

  constructor(capacity = 1_000) {
    this.#capacity = capacity;
  }

  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= this.#capacity) return known;
    if (!this.#seenOnce.delete(text)) {
      if (this.#seenOnce.size >= this.#capacity) this.#seenOnce = new Set();
      this.#seenOnce.add(text);
      return undefined;
    }
    const name = `weighhouse_${this.#names.size + 1}`;
    this.#names.set(text, name);
    return name;
  }
}

/**
 * Keeps the prepared statements used last, by their text: preparing costs ten times as much as running a look-up.
 * Statements that fall out are finalized by the driver when they are collected.
 */
export class StatementCache<Statement> {
  readonly #prepare: (text: string) => Statement;
  readonly #capacity: number;
  /** a Map iterates in order of insertion, so its first key is the one used longest ago */
  readonly #statements = new Map<string, Statement>();

  constructor(prepare: (text: string) => Statement, capacity = 500) {
    this.#prepare = prepare;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#statements.size;
  }

  get(text: string): Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) {
      // order matters only once something has to go
      if (this.#statements.size >= this.#capacity) {
        this.#statements.delete(text);
        this.#statements.set(text, known);
      }
      return known;
    }
    const statement = this.#prepare(text);
    if (this.#statements.size >= this.#capacity) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    this.#statements.set(text, statement);
    return statement;
  }

  clear(): void {
    this.#statements.clear();
  }
}

import { inspect } from 'node:util';

/**
 * A value that must never be printed. String conversion, JSON and `util.inspect` all give `[secret]`, so that a
 * configuration can be logged whole without thinking; only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

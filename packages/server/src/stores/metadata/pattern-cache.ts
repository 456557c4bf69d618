import { matchesPattern } from '../../domain/conditions.ts';

const kept = 20;

/** Regular expressions by their source: a query asks one and the same of every row. */
export class PatternCache {
  readonly #patterns = new Map<string, RegExp>();

  /** 1 where `text` matches, as SQLite knows truth; 0 for what is no text. */
  matches(source: unknown, text: unknown): 0 | 1 {
    if (typeof source !== 'string' || typeof text !== 'string') return 0;
    return matchesPattern(this.#pattern(source), text) ? 1 : 0;
  }

  #pattern(source: string): RegExp {
    let pattern = this.#patterns.get(source);
    if (!pattern) {
      if (this.#patterns.size >= kept) this.#patterns.clear();
      pattern = new RegExp(source, 'u');
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }
}

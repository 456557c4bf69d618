/** Follows how deep JSON is nested while it streams by, in constant memory; parsers keep a stack that would grow with it. */
export class JsonDepth {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The deepest nesting inside this chunk. */
  feed(chunk: Uint8Array): number {
    let deepest = this.#depth;
    for (const sign of chunk) {
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (sign === 0x5c) this.#escaped = true;
        else if (sign === 0x22) this.#inString = false;
      } else if (sign === 0x22) this.#inString = true;
      else if (sign === 0x7b || sign === 0x5b) deepest = Math.max(deepest, ++this.#depth);
      else if (sign === 0x7d || sign === 0x5d) this.#depth--;
    }
    return deepest;
  }
}

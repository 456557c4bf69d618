import { isUtf8 } from 'node:buffer';

export interface JsonMembersOptions {
  /** the member of the outermost object whose own members are told one by one */
  within: string;
  onOuter: (key: string, value: unknown) => void;
  onInner: (key: string, value: unknown) => void;
  maxDepth: number;
  /** of one member with its value, which is held whole */
  maxMemberBytes: number;
}

/** Why text is not the JSON that was asked for, as the end of a sentence that began with "it". */
export class JsonMembersError extends Error {}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads one large JSON object as it streams by: finds where its members end, and leaves the rest to `JSON.parse`, many
 * members at a time. For that their colons become commas, so that a run of members is an array of keys and values in
 * which a key that comes twice comes twice.
 */
export class JsonMembers {
  readonly #options: JsonMembersOptions;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #isEnded = false;
  /** depth of the members that are told now: 1, or 2 inside of `within` */
  #level = 1;
  /** the sign that came last between members */
  #last: 'none' | 'colon' | 'comma' = 'none';
  #valueBegan = false;
  /** the inner object ended, and with it the value of its member */
  #isInnerDone = false;
  /** of the members that were not told yet, in what came before */
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(options: JsonMembersOptions) {
    this.#options = options;
  }

  /** whether the whole object has come */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @throws JsonMembersError, and whatever the callbacks throw */
  feed(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes);
    let begin = 0;
    /** of the last comma between inner members */
    let told = -1;
    for (let i = 0; i < piece.length; i++) {
      const sign = piece[i];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (sign === backslash) this.#escaped = true;
        else if (sign === quote) this.#inString = false;
      } else if (this.#depth === 0) {
        if (sign === openBrace && !this.#isEnded) {
          this.#depth = 1;
          begin = i + 1;
        } else if (!isBlank(sign)) throw invalid();
      } else if (sign === quote) {
        this.#inString = true;
      } else if (sign === openBrace || sign === openBracket) {
        if (this.#entersInner(sign, piece, begin, i)) {
          begin = i + 1;
          told = -1;
        }
        this.#depth += 1;
        if (this.#depth > this.#options.maxDepth)
          throw new JsonMembersError(`it is nested deeper than ${this.#options.maxDepth} levels`);
      } else if (sign === closeBrace || sign === closeBracket) {
        this.#depth -= 1;
        if (this.#depth >= this.#level) continue;
        if (sign === closeBracket || this.#last === 'comma') throw invalid();
        this.#tell(this.#take(piece, begin, i));
        this.#leave();
        begin = i + 1;
        told = -1;
      } else if (this.#depth > this.#level) {
        // of a value
      } else if (sign === colon) {
        if (this.#last === 'colon') throw invalid();
        this.#last = 'colon';
        piece[i] = comma;
      } else if (sign === comma) {
        if (this.#last !== 'colon') throw invalid();
        this.#last = 'comma';
        if (this.#level === 2) told = i;
        else {
          this.#tell(this.#take(piece, begin, i));
          this.#valueBegan = false;
          begin = i + 1;
        }
      }
    }
    if (told >= 0) {
      this.#tell(this.#take(piece, begin, told));
      begin = told + 1;
    }
    if (this.#depth > 0 && begin < piece.length) this.#keep(piece.subarray(begin));
  }

  /** Whether this is the brace with which the inner object begins. */
  #entersInner(sign: number, piece: Buffer, begin: number, end: number): boolean {
    if (this.#level !== 1 || this.#depth !== 1 || this.#valueBegan) return false;
    this.#valueBegan = true;
    if (sign !== openBrace || this.#last !== 'colon') return false;
    const head = Buffer.concat([...this.#parts, piece.subarray(begin, end)])
      .toString('utf8')
      .trimEnd();
    // anything between the key and its value is found to be wrong with the whole member
    if (!head.endsWith(',') || parseArray(head.slice(0, -1))[0] !== this.#options.within) return false;
    this.#drop();
    this.#options.onOuter(this.#options.within, {});
    this.#level = 2;
    this.#last = 'none';
    return true;
  }

  #leave(): void {
    if (this.#level === 2) {
      this.#level = 1;
      this.#last = 'colon';
      this.#isInnerDone = true;
    } else {
      this.#isEnded = true;
    }
  }

  #tell(text: string): void {
    if (this.#isInnerDone && this.#level === 1) {
      this.#isInnerDone = false;
      if (text.trim() !== '') throw invalid();
      return;
    }
    const { onInner, onOuter } = this.#options;
    const tell = this.#level === 2 ? onInner : onOuter;
    const flat = parseArray(text);
    if (flat.length % 2 === 1) throw invalid();
    for (let i = 0; i < flat.length; i += 2) {
      const key = flat[i];
      if (typeof key !== 'string') throw invalid();
      tell(key, flat[i + 1]);
    }
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
    const { maxMemberBytes } = this.#options;
    if (this.#partBytes > maxMemberBytes)
      throw new JsonMembersError(`one of its parts is larger than ${maxMemberBytes >> 20} MiB`);
  }

  #take(piece: Buffer, begin: number, end: number): string {
    const own = piece.subarray(begin, end);
    const bytes = this.#parts.length === 0 ? own : Buffer.concat([...this.#parts, own]);
    this.#drop();
    if (!isUtf8(bytes)) throw invalid();
    return bytes.toString('utf8');
  }

  #drop(): void {
    this.#parts = [];
    this.#partBytes = 0;
  }
}

function parseArray(text: string): unknown[] {
  try {
    return JSON.parse(`[${text}]`) as unknown[];
  } catch {
    throw invalid();
  }
}

function isBlank(sign: number | undefined): boolean {
  return sign === 0x20 || sign === 0x0a || sign === 0x0d || sign === 0x09;
}

function invalid(): JsonMembersError {
  return new JsonMembersError('it is not valid JSON');
}

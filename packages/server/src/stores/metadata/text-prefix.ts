/**
 * The least text greater than everything that starts with `prefix`, in the order of UTF-8 bytes; undefined where there
 * is none. A range uses an index where `like` does so on some databases only.
 */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, sign => sign.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    // surrogates are no characters of their own and have no bytes in UTF-8
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return undefined;
}

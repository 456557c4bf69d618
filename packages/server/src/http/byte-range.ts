import type { ByteRange } from '../ports/blob-store.ts';

/** What a `Range` header asks for; `whole` also where there is none or it must be ignored. */
export type RequestedRange = 'whole' | 'unsatisfiable' | ByteRange;

const oneRange = /^bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*$/i;

/**
 * Reads a `Range` header against a size (RFC 9110, section 14). One range only: several are ignored, as the RFC
 * allows, so that nobody makes us send the same bytes over and over. Malformed ones are ignored, too.
 */
export function parseByteRange(header: string | undefined, size: number): RequestedRange {
  const match = header === undefined ? null : oneRange.exec(header);
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const length = toPosition(last);
    if (length === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = toPosition(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : toPosition(last);
  if (end < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: Math.min(end, size - 1) };
}

/** Beyond 2^53 digits are lost, but no blob is that long. */
function toPosition(digits: string): number {
  const position = Number(digits);
  return Number.isSafeInteger(position) ? position : Number.POSITIVE_INFINITY;
}

import { describe, expect, it } from 'vitest';
import { parseByteRange } from './byte-range.ts';

describe('parseByteRange of ten bytes', () => {
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=5-', 5, 9],
    ['bytes=-1', 9, 9],
    ['bytes=-100', 0, 9],
    ['bytes=0-100', 0, 9],
    ['bytes=0-99999999999999999999', 0, 9],
    ['Bytes= 2-3 ', 2, 3],
  ])('%s is from %i to %i', (header, start, end) => {
    expect(parseByteRange(header, 10)).toEqual({ start, end });
  });

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99999999999999999999-', 'bytes=9007199254740993-'])(
    '%s cannot be satisfied',
    header => {
      expect(parseByteRange(header, 10)).toBe('unsatisfiable');
    },
  );

  it.each([
    undefined,
    '',
    'bytes=5-4',
    'bytes=a-b',
    'bytes=1-2-3',
    'bytes=0x0-1',
    'bytes=NaN-',
    'bytes=٠-١',
    'bytes=,',
    'bytes=-',
    'bytes=0-1,3-4',
    `bytes=${'0-,'.repeat(1300)}`,
    'items=0-1',
    '0-1',
  ])('%s is ignored', header => {
    expect(parseByteRange(header, 10)).toBe('whole');
  });

  it('finds nothing to satisfy a range in an empty file', () => {
    for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) expect(parseByteRange(header, 0)).toBe('unsatisfiable');
  });
});

import { expect, test } from 'vitest';
import { parseJson, parseLenientJson, requireShallowJson } from './json.ts';
import { metadataRows, requireMetadata } from './metadata.ts';

test('nesting is counted before a parser sees it, outside strings only', () => {
  expect(() => requireShallowJson('['.repeat(100_000))).toThrow(expect.objectContaining({ code: 'JSON_TOO_DEEP' }));
  expect(() => requireShallowJson(JSON.stringify({ text: '['.repeat(10_000), quote: '"[[[' }))).not.toThrow();
  expect(() => requireShallowJson(`${'{"a":'.repeat(256)}1${'}'.repeat(256)}`)).not.toThrow();
});

test('bare NaN and Infinity are read where clients write them', () => {
  expect(parseLenientJson('{"x":NaN,"y":-Infinity,"z":[Infinity],"text":"NaN, \\"Infinity\\""}', 'line')).toEqual({
    x: 'NaN',
    y: '-Infinity',
    z: ['Infinity'],
    text: 'NaN, "Infinity"',
  });
  expect(() => parseJson('{"x":NaN}', 'body')).toThrow(expect.objectContaining({ code: 'INVALID_JSON' }));
});

test('metadata is a JSON object of at most 100 keys, kept verbatim', () => {
  expect(requireMetadata('{ "a":1.50 }')).toBe('{ "a":1.50 }');
  expect(requireMetadata('null')).toBe('{}');
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, i])));
  for (const text of ['[]', '1', '"x"', many])
    expect(() => requireMetadata(text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

test('leaves of metadata become rows under dotted keys', () => {
  expect(metadataRows('{"metrics":{"acc":0.9,"ok":true},"arch":"cnn","layers":[1,"two",{"x":1}],"none":null}')).toEqual(
    [
      { key: 'metrics.acc', number: 0.9, text: null },
      { key: 'metrics.ok', number: null, text: 'true' },
      { key: 'arch', number: null, text: 'cnn' },
      { key: 'layers', number: 1, text: null },
      { key: 'layers', number: null, text: 'two' },
    ],
  );
  expect(metadataRows(null)).toEqual([]);
});

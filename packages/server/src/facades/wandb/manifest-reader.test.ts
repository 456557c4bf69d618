import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IncomingEntry } from '../../services/entry-bytes.ts';
import { parseManifest } from './manifest-reader.ts';

const hello = { digest: 'XUFAKrxLKna5cZ2REBfFkg==', size: 5 };

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

async function parse(text: string | Uint8Array, length = 1_000): Promise<IncomingEntry[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const entries: IncomingEntry[] = [];
  for await (const batch of parseManifest(pieces(bytes, length))) entries.push(...batch);
  return entries;
}

const entry = (path: string, more: Partial<IncomingEntry> = {}): IncomingEntry => ({
  ...{ path, ...hello, ref: null, extra: null, birthVersionId: null },
  ...more,
});

const signs = '{}[]",:\\ \n a';
const paths = fc.array(fc.stringMatching(/^[a-z{}[\]":,\\é𐀀 ]{1,12}$/u), { maxLength: 8 });

test('entries are those of JSON.parse, wherever the pieces are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      paths,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 1, 3),
      async (given, length, indent) => {
        const contents = Object.fromEntries(given.map(path => [path, { ...hello, extra: { [path]: [{ path }] } }]));
        const config = { storageLayout: 'V2', contents: { no: 'entry' } };
        const text = JSON.stringify(
          { version: 1, storagePolicyConfig: config, contents, more: [1, '}'] },
          null,
          indent,
        );
        const expected = Object.keys(contents).map(path =>
          entry(path, { extra: JSON.stringify({ [path]: [{ path }] }) }),
        );
        expect(await parse(text, length)).toEqual(expected);
      },
    ),
  );
});

test('what JSON.parse refuses is refused', async () => {
  const text = JSON.stringify({ version: 1, contents: { a: hello, 'b"{': hello }, storagePolicyConfig: { x: [1] } });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length),
      fc.constantFrom('', ...signs),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 30 }),
      async (at, sign, gone, length) => {
        const changed = text.slice(0, at) + sign + text.slice(at + gone);
        const answer = await parse(changed, length).catch(error => error);
        if (!isJson(changed)) expect(answer).toMatchObject({ code: 'MANIFEST_INVALID' });
        else if (Array.isArray(answer))
          expect(new Set(answer.map(({ path }) => path))).toEqual(new Set(Object.keys(JSON.parse(changed).contents)));
        else expect(answer).toMatchObject({ code: expect.stringMatching(/^(MANIFEST_INVALID|INVALID_PATH)$/) });
      },
    ),
    { numRuns: 1_000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['{"version":1,"contents":{}}', []],
  ['  {"contents" : { } , "version" : 1 }\n', []],
  [`{"contents":{"__proto__":${JSON.stringify(hello)}}}`, ['__proto__']],
  [`{"contents":{"a":${JSON.stringify(hello)},"a":${JSON.stringify(hello)}}}`, ['a', 'a']],
  [`{"cont\\u0065nts":{"a":${JSON.stringify(hello)}}}`, ['a']],
])('%s', async (text, expected) => {
  for (const length of [1, 5, 1_000]) expect((await parse(text, length)).map(({ path }) => path)).toEqual(expected);
});

test.each([
  ['nothing', ''],
  ['a list', '[]'],
  ['a text', '"{}"'],
  ['two objects', '{"contents":{}}{}'],
  ['contents that are a list', `{"contents":[${JSON.stringify(hello)}]}`],
  ['contents that are nothing', '{"contents":null}'],
  ['keys alone', '{"contents":{"a","b"}}'],
  ['commas for colons', `{"contents":{"a",${JSON.stringify(hello)}}}`],
  ['keys that are no text', `{"contents":{1:${JSON.stringify(hello)}}}`],
  ['a bracket for a brace', '{"contents":{]}'],
  ['something behind the contents', '{"contents":{} 1}'],
  ['bytes that are no UTF-8', Buffer.from('{"contents":{"\xff":{}}}', 'latin1')],
  ['an entry beyond all measure', `{"contents":{"a":{"extra":"${'x'.repeat(5 << 20)}"}}}`],
])('%s is no manifest', async (_what, text) => {
  await expect(parse(text)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
});

test('large manifests come in batches of bounded size', async () => {
  const contents = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`file-${i}`, hello]));
  const sizes: number[] = [];
  for await (const batch of parseManifest(pieces(Buffer.from(JSON.stringify({ contents })), 1 << 20)))
    sizes.push(batch.length);
  expect(sizes).toEqual([2_000, 2_000, 1_000]);
  const extra = { text: 'x'.repeat(10_000) };
  const heavy = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`file-${i}`, { ...hello, extra }]));
  for await (const batch of parseManifest(pieces(Buffer.from(JSON.stringify({ contents: heavy })), 1 << 20)))
    expect(batch.length).toBeLessThan(120);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artifactType } from './artifact-types.ts';
import { collectionName, entityName, projectName, reservedEntityNames } from './names.ts';
import { runFileName, versionPath } from './paths.ts';
import { tagName } from './tags.ts';

test.each(['model', 'resnet-50.fp16', '模型', 'with space', 'a\\b', 'x'.repeat(128), '__proto__', '..a', 'é'])(
  '%j names an artifact',
  name => {
    expect(collectionName(name)).toBe(name.normalize('NFC'));
  },
);

test.each(['', 'a/b', 'a:b', '.', '..', 'a\u0000', 'a\nb', 'x'.repeat(129), '\ud800', 1, null, {}])(
  '%j does not name an artifact',
  name => {
    expect(() => collectionName(name)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^INVALID_/) }));
  },
);

test('names are compared NFC-normalised and case-sensitive', () => {
  expect(collectionName('cafe\u0301')).toBe(collectionName('caf\u00e9'));
  expect(collectionName('Model')).not.toBe(collectionName('model'));
});

test.each(['a/b', 'a\\b', 'a#b', 'a?b', 'a%b', 'a:b', 'a\rb', ''])('%j does not name a project', name => {
  expect(() => projectName(name)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
});

test.each(['ada', 'ada.lovelace', 'ada@example', '_x', 'team-1', 'équipe'])('%j names an entity', name => {
  expect(entityName(name)).toBe(name);
});

test.each(['', '.hidden', '-x', 'a b', 'a/b', '<script>', "a'b"])('%j does not name an entity', name => {
  expect(() => entityName(name)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
});

test('words of our own addresses are reserved', () => {
  for (const word of [
    'api',
    'graphql',
    'files',
    'storage',
    'orgs',
    'authorize',
    'login',
    'settings',
    'livez',
    'readyz',
    'metrics',
    'assets',
  ]) {
    expect(reservedEntityNames.has(word)).toBe(true);
    expect(() => entityName(word)).toThrow(expect.objectContaining({ code: 'NAME_RESERVED' }));
  }
});

test.each([
  'model.bin',
  'a/b/c',
  '100%.bin',
  '%2e%2e%2fx',
  '..a/..b',
  '-rf',
  '模型/重み.bin',
  'line\nbreak',
  'a b',
  'cafe\u0301',
])('%j is a path, byte for byte', path => {
  expect(versionPath(path)).toBe(path);
});

test.each([
  '',
  '/etc/passwd',
  '../x',
  'a/../../x',
  'a//b',
  'a/',
  './a',
  'a/./b',
  '.',
  'a\u0000.bin',
  `${'a/'.repeat(3000)}a`,
  '\udfff',
])('%j is not a path', path => {
  expect(() => versionPath(path)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^INVALID_/) }));
});

test('a run file may be named with a leading ./', () => {
  expect(runFileName('./test with_special-characters.txt')).toBe('test with_special-characters.txt');
  expect(() => runFileName('./../x')).toThrow();
});

test('no accepted path ever leaves its folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), path => {
      try {
        const resolved = new URL(versionPath(path).split('/').map(encodeURIComponent).join('/'), 'file:///root/');
        return resolved.href.startsWith('file:///root/');
      } catch {
        return true;
      }
    }),
  );
});

test.each(['vision', 'team a', 'a-b_c', 'größe'])('%j is a tag', tag => {
  expect(tagName(tag)).toBe(tag);
});
test.each(['', ' a', 'a ', 'a,b', 'a/b', 'a\tb', 'x'.repeat(129)])('%j is not a tag', tag => {
  expect(() => tagName(tag)).toThrow(expect.objectContaining({ code: 'INVALID_TAG' }));
});
test.each(['', 'a/b', 'a:b', 'x'.repeat(129), 3])('%j is not an artifact type', type => {
  expect(() => artifactType(type)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
});

import { expect, test } from 'vitest';
import { globOf, literalsOf, prefixOf } from './plain-patterns.ts';

test.each<[RegExp, string[]]>([
  [/^model-1.*7$/u, ['model-1', '7']],
  [/resnet/u, ['resnet']],
  [/ab*c+d?e/u, ['a', 'c', 'e']],
  [/a\.b\/c/u, ['a.b/c']],
  [/^$/u, []],
  [/a|b/u, []],
  [/[ab]c/u, []],
  [/(?:a)?b/u, []],
  [/\d+x/u, []],
  [/a{0,1}/u, []],
])('%s has inside %j', (pattern, literals) => {
  expect(literalsOf(pattern)).toEqual(literals);
});

test.each<[RegExp, ReturnType<typeof globOf>]>([
  [/^model-1.*7$/u, { glob: 'model-1*7', exact: true }],
  [/resnet/u, { glob: '*resnet*', exact: true }],
  [/^a.b.+$/u, { glob: 'a?b?*', exact: true }],
  [/^a.b+c?$/u, { glob: 'a?b**', exact: false }],
  [/^ab.?$/u, { glob: 'ab*', exact: false }],
  [/a\.b/u, { glob: '*a.b*', exact: true }],
  [/^$/u, { glob: '', exact: true }],
  [/a$b/u, undefined],
  [/a|b/u, undefined],
  [/[ab]/u, undefined],
])('%s is nothing but %j', (pattern, glob) => {
  expect(globOf(pattern)).toEqual(glob);
});

test.each<[RegExp, string]>([
  [/^model-1.*7$/u, 'model-1'],
  [/^ab*/u, 'a'],
  [/^ab+c/u, 'ab'],
  [/^a\.b$/u, 'a.b'],
  [/model/u, ''],
  [/^.a/u, ''],
  [/^a|b/u, ''],
  [/^$/u, ''],
])('%s begins with %j', (pattern, prefix) => {
  expect(prefixOf(pattern)).toBe(prefix);
});

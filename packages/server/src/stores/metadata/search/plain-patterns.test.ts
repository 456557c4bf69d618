import { expect, test } from 'vitest';
import { globOf, literalsOf } from './plain-patterns.ts';

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

test.each<[RegExp, string | undefined]>([
  [/^model-1.*7$/u, 'model-1*7'],
  [/resnet/u, '*resnet*'],
  [/^a.b+c?$/u, 'a?b**'],
  [/a\.b/u, '*a.b*'],
  [/^$/u, ''],
  [/a$b/u, undefined],
  [/a|b/u, undefined],
  [/[ab]/u, undefined],
])('%s is nothing but %j', (pattern, glob) => {
  expect(globOf(pattern)).toBe(glob);
});

import { expect, test } from 'vitest';
import { literalsOf } from './literals-of.ts';

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

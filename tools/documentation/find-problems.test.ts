import { expect, test } from 'vitest';
import { findProblems } from './find-problems.ts';

const repository = { scripts: new Set(['start', 'check']), exists: (path: string) => path === 'docs/a.md' };

function problems(...lines: string[]): readonly string[] {
  return findProblems({ path: 'docs/page.md', text: lines.join('\n') }, repository);
}

test('commands and links that are there pass', () => {
  expect(problems('[a](a.md#part) [b](../docs/a.md) [c](https://example.com)', '```sh', 'npm start', '```')).toEqual(
    [],
  );
});

test('a script that does not exist is found', () => {
  expect(problems('```sh', 'npm run check', 'X=1 npm run chekc', '```')).toEqual([
    'docs/page.md:3: package.json has no script "chekc".',
  ]);
});

test('a link to nowhere is found, and code is not taken for one', () => {
  expect(problems('see [b](b.md)', '```ts', 'list[0](argument)', '```')).toEqual([
    'docs/page.md:1: the link leads to b.md, which is not there.',
  ]);
});

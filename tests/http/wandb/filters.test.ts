import { describe, expect, test } from 'vitest';
import { meets } from '../../../packages/server/src/domain/conditions.ts';
import { parseFilter } from '../../../packages/server/src/facades/wandb/filters/filter.ts';
import { safePattern } from '../../../packages/server/src/facades/wandb/filters/safe-pattern.ts';

const model: Record<string, unknown[]> = {
  name: ['resnet-50'],
  tags: ['gold', 'eu'],
  version: [3, 'v3'],
  accuracy: [0.93],
  created_at: [new Date('2024-05-06T07:08:09Z')],
  nothing: [null],
};
const fields = Object.fromEntries(['a', 'missing', ...Object.keys(model)].map(name => [name, name]));
const matches = (filter: unknown) => {
  const condition = parseFilter(JSON.stringify(filter), fields);
  return !condition || meets(condition, field => model[field] ?? []);
};

describe('a filter', () => {
  test.each<[unknown, boolean]>([
    [{}, true],
    [{ $or: [{ $and: [] }] }, true],
    [{ name: 'resnet-50' }, true],
    [{ name: 'resnet' }, false],
    [{ name: { $ne: 'resnet' } }, true],
    [{ tags: 'gold' }, true],
    [{ tags: { $in: ['silver', 'eu'] } }, true],
    [{ tags: { $nin: ['eu'] } }, false],
    [{ tags: { $all: ['gold', 'eu'] } }, true],
    [{ tags: { $size: 2 } }, true],
    [{ name: { $contains: 'net' } }, true],
    [{ name: { $regex: '^resnet-\\d+$' } }, true],
    [{ version: 3 }, true],
    [{ version: 'v3' }, true],
    [{ version: { $gt: 2, $lte: 3 } }, true],
    [{ accuracy: { $gte: 0.94 } }, false],
    [{ created_at: { $gt: '2024-05-06' } }, true],
    [{ created_at: { $lt: '2024-05-06T07:08:10Z' } }, true],
    [{ $nor: [{ name: 'x' }, { tags: 'silver' }] }, true],
    [{ $not: { name: 'resnet-50' } }, false],
    [{ name: { $not: { $regex: '^x' } } }, true],
    [{ accuracy: { $exists: true } }, true],
    [{ nothing: { $exists: true } }, false],
    [{ missing: { $exists: false } }, true],
    [{ $and: [{ name: { $regex: 'res' } }, { $or: [{ tags: 'silver' }, { version: 3 }] }] }, true],
  ])('%j: %s', (filter, expected) => {
    expect(matches(filter)).toBe(expected);
  });

  test.each([
    { $where: '1' },
    { a: { $expr: 1 } },
    { $and: {} },
    { a: { $in: 'x' } },
    [1],
    { $or: new Array(600).fill({ a: 1 }) },
  ])('refuses %j', filter => {
    expect(() => matches(filter)).toThrow(/filter/);
  });
});

describe('a pattern', () => {
  test.each([
    '(a+)+$',
    '(a|aa)+$',
    '([a-zA-Z]+)*$',
    '(.*){9}',
    '(?=a)b',
    '\\1',
    '.*.*.*.*x',
    'a{1000}',
    '(',
    'x'.repeat(300),
  ])('refuses %s', pattern => {
    expect(() => safePattern(pattern)).toThrow(/regular expression/);
  });

  test.each([
    ['^wandb-.*$', 'wandb-x', true],
    ['prod|stage', 'stage', true],
    ['^(?:a|b)c', 'bc', true],
    ['[)+*]', '*', true],
    ['a\\)+', 'a))', true],
  ])('%s', (pattern, text, expected) => {
    expect(safePattern(pattern).test(text)).toBe(expected);
  });

  test('takes little time on what it does not match', () => {
    // of the processor's time: a busy machine takes longer for everything
    const before = process.cpuUsage();
    safePattern('.*a.*b.*c$').test('a'.repeat(512));
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });
});

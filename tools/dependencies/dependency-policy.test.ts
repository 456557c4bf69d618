import { expect, test } from 'vitest';
import { type Dependency, policyBreaches } from './dependency-policy.ts';

function breaches(changes: Partial<Dependency>): number {
  const name = changes.name ?? 'pkg';
  const sound = { name, path: `node_modules/${name}`, license: 'MIT', development: false, installScript: false };
  return policyBreaches([{ ...sound, ...changes }]).length;
}

test.each(['MIT', 'BSD-3-Clause', '(MIT OR GPL-3.0-only)', 'MIT AND ISC'])('%s is accepted', license => {
  expect(breaches({ license })).toBe(0);
});

test.each(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'MPL-2.0', 'SEE LICENSE IN x', undefined])(
  '%s is refused',
  license => {
    expect(breaches({ license })).toBe(1);
  },
);

test('weak copyleft passes by name only', () => {
  expect(breaches({ name: 'lightningcss-linux-x64-gnu', license: 'MPL-2.0' })).toBe(0);
});

test('install scripts are for tools only', () => {
  expect(breaches({ installScript: true })).toBe(1);
  expect(breaches({ installScript: true, development: true })).toBe(0);
});

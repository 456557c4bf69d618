import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { apiKeyHint, formatApiKey, hashApiKey, isPlausibleApiKey, requireImportableApiKey } from './api-keys.ts';

test('our keys pass the wandb client, which wants 40 or more word characters', () => {
  const key = formatApiKey(randomBytes(128));
  expect(key).toMatch(/^wh_[0-9A-Za-z]{49}$/);
  expect(key).toMatch(/^[\w-]{40,}$/);
  expect(isPlausibleApiKey(key)).toBe(true);
});

test('a mistyped key of ours is known without a look-up', () => {
  const key = formatApiKey(randomBytes(128));
  for (const at of [5, 20, key.length - 1]) {
    const wrong = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1);
    expect(isPlausibleApiKey(wrong)).toBe(false);
  }
  expect(isPlausibleApiKey('local-0123456789012345678901234567890123456789')).toBe(true);
});

test('imported keys are 40 to 256 printable characters of any form', () => {
  for (const key of ['x'.repeat(40), '!~'.repeat(128), 'a.b-c'.repeat(10)])
    expect(requireImportableApiKey(key)).toBe(key);
  for (const key of ['x'.repeat(39), 'x'.repeat(257), `${'x'.repeat(40)} y`, `${'x'.repeat(40)}é`, 7]) {
    expect(() => requireImportableApiKey(key)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  }
});

test('only hash and hint are kept', () => {
  const key = formatApiKey(randomBytes(128));
  expect(hashApiKey(key)).toMatch(/^[0-9a-f]{64}$/);
  expect(apiKeyHint(key).length).toBeLessThan(10);
});

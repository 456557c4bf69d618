import { beforeEach, describe, expect, test } from 'vitest';
import { RenewedKeys } from './renewed-keys.ts';
import type { S3Keys } from './s3-keys.ts';

const minute = 60_000;
let now: number;
let given: S3Keys[];
let asked: number;
let credentials: RenewedKeys;

/** Keys number `i`, which end in so many minutes, or never. */
function keys(i: number, minutes?: number): S3Keys {
  const expiration = minutes === undefined ? undefined : new Date(now + minutes * minute);
  return { accessKeyId: `key ${i}`, secretAccessKey: 'secret', sessionToken: undefined, expiration };
}

/** Those that are used now, when what was asked for meanwhile is there. */
async function used(): Promise<string> {
  await credentials.current();
  await Promise.resolve();
  return (await credentials.current()).accessKeyId;
}

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  given = [];
  asked = 0;
  credentials = new RenewedKeys(
    async () => {
      asked += 1;
      const next = given.length > 1 ? given.shift() : given[0];
      if (!next) throw new Error('nobody gives keys');
      return next;
    },
    () => now,
  );
});

describe('keys that end', () => {
  test('are asked for once by all who need them', async () => {
    given = [keys(1, 60)];
    await Promise.all(Array.from({ length: 20 }, () => credentials.current()));
    expect(asked).toBe(1);
  });

  test('are renewed when half of their life is over, and nobody waits for that', async () => {
    given = [keys(1, 60), keys(2, 120)];
    expect(await used()).toBe('key 1');
    now += 29 * minute;
    expect(await used()).toBe('key 1');
    now += 2 * minute;
    expect((await credentials.current()).accessKeyId).toBe('key 1');
    expect(await used()).toBe('key 2');
    expect(asked).toBe(2);
  });

  test('stay in use while there are no others, and are asked for again after a while', async () => {
    given = [keys(1, 60)];
    await used();
    given = [];
    now += 40 * minute;
    for (let i = 0; i < 5; i++) expect(await used()).toBe('key 1');
    expect(asked).toBe(2);
    now += minute;
    given = [keys(2, 60)];
    await credentials.current();
    expect(await used()).toBe('key 2');
  });

  test('are not used beyond their end', async () => {
    given = [keys(1, 60)];
    await used();
    given = [];
    now += 61 * minute;
    await expect(credentials.current()).rejects.toThrow('nobody gives keys');
    given = [keys(2, 60)];
    expect(await used()).toBe('key 2');
  });
});

describe('keys that are refused', () => {
  test('are exchanged for others, if there are others', async () => {
    given = [keys(1)];
    const refused = await credentials.current();
    now += minute;
    expect(await credentials.renew(refused)).toBe(false);
    given = [keys(2)];
    now += minute;
    expect(await credentials.renew(refused)).toBe(true);
    expect(await used()).toBe('key 2');
    // somebody who signed with the old ones hears of it later
    expect(await credentials.renew(refused)).toBe(true);
    expect(asked).toBe(3);
  });

  test('are not asked for at every refusal', async () => {
    given = [keys(1)];
    const refused = await credentials.current();
    now += minute;
    for (let i = 0; i < 50; i++) expect(await credentials.renew(refused)).toBe(false);
    expect(asked).toBe(2);
  });
});

import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { start } from '../sample-records.ts';

export function instanceSuite(store: () => MetadataStore): void {
  test('settings are set, or set once', async () => {
    await store().transaction(async tx => {
      expect(await tx.instance.getSetting('id')).toBeUndefined();
      expect(await tx.instance.putSettingOnce('id', 'first')).toBe('first');
      expect(await tx.instance.putSettingOnce('id', 'second')).toBe('first');
      await tx.instance.putSetting('other', '1');
      await tx.instance.putSetting('other', '2');
    });
    expect(await store().read.instance.getSetting('id')).toBe('first');
    expect(await store().read.instance.getSetting('other')).toBe('2');
  });

  test('an answer is kept for one user and key, until it is old', async () => {
    const answer = { requestHash: 'h', status: 201, body: '{}', createdAt: start };
    await store().transaction(async tx => {
      expect(await tx.instance.putAnswer(1, 'k', answer)).toBe(true);
      expect(await tx.instance.putAnswer(1, 'k', { ...answer, status: 409 })).toBe(false);
      expect(await tx.instance.putAnswer(2, 'k', { ...answer, createdAt: start + 5 })).toBe(true);
    });
    const { instance } = store().read;
    expect(await instance.findAnswer(1, 'k')).toEqual(answer);
    expect(await instance.findAnswer(1, 'x')).toBeUndefined();
    await store().transaction(tx => tx.instance.deleteAnswersBefore(start + 5));
    expect(await instance.findAnswer(1, 'k')).toBeUndefined();
    expect(await instance.findAnswer(2, 'k')).toBeDefined();
  });

  test('a lease has one holder until it runs out', async () => {
    const take = (holder: string, now: number, until: number) =>
      store().transaction(tx => tx.instance.takeLease('reaper', holder, now, until));
    expect(await take('a', 0, 10)).toBe(true);
    expect(await take('b', 5, 15)).toBe(false);
    expect(await take('a', 6, 16)).toBe(true);
    expect(await take('b', 15, 25)).toBe(false);
    expect(await take('b', 16, 26)).toBe(true);
    expect(await take('a', 17, 27)).toBe(false);
    await store().transaction(tx => tx.instance.dropLease('reaper', 'a'));
    expect(await take('a', 17, 27)).toBe(false);
    await store().transaction(tx => tx.instance.dropLease('reaper', 'b'));
    expect(await take('a', 17, 27)).toBe(true);
    await store().transaction(tx => tx.instance.deleteLeasesBefore(27));
    expect(await take('b', 18, 28)).toBe(false);
    await store().transaction(tx => tx.instance.deleteLeasesBefore(28));
    expect(await take('b', 18, 28)).toBe(true);
  });

  test('a lease under which work failed says why, until somebody takes it', async () => {
    const { instance } = store().read;
    const take = (holder: string, now: number) =>
      store().transaction(tx => tx.instance.takeLease('work', holder, now, now + 10));
    const fail = (holder: string) => store().transaction(tx => tx.instance.failLease('work', holder, 5, '{"why":1}'));
    expect(await instance.findLease('work')).toBeUndefined();
    expect(await take('a', 0)).toBe(true);
    expect(await instance.findLease('work')).toEqual({ holder: 'a', until: 10, failure: null });
    await fail('b');
    expect(await take('b', 4)).toBe(false);
    await fail('a');
    expect(await instance.findLease('work')).toEqual({ holder: 'a', until: 5, failure: '{"why":1}' });
    // also where another clock is a little behind
    expect(await take('b', 4)).toBe(true);
    expect(await instance.findLease('work')).toEqual({ holder: 'b', until: 14, failure: null });
  });

  test('a server that is started anew gives back what it held', async () => {
    await store().transaction(async tx => {
      for (const holder of ['s1/a', 's1/b', 's10/a', 's1', 's2/a']) await tx.instance.takeLease(holder, holder, 0, 10);
      await tx.instance.dropLeasesOf('s1/');
    });
    const { instance } = store().read;
    const kept = async (name: string) => (await instance.findLease(name)) !== undefined;
    expect([await kept('s1/a'), await kept('s1/b')]).toEqual([false, false]);
    expect([await kept('s10/a'), await kept('s1'), await kept('s2/a')]).toEqual([true, true, true]);
  });
}

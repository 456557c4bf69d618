import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JobLease, leaseMilliseconds } from '../../packages/server/src/jobs/job-lease.ts';
import { gate } from '../support/gate.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(async () => {
  vi.useRealTimers();
  await registry.close();
});

test('one server works at a time, and holds its lease however long that takes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { store, clock } = registry;
  const lease = (holder: string) => new JobLease(store, clock, 'job', holder);
  const begins = gate();
  const ends = gate();
  const running = lease('a').run(() => {
    begins.open();
    return ends.opened;
  });
  await begins.opened;
  const other = vi.fn(async () => {});
  const renewed = vi.spyOn(store, 'transaction');
  for (let minutes = 4; minutes < 40; minutes += 4) {
    clock.time += 4 * 60_000;
    renewed.mockClear();
    vi.advanceTimersByTime(leaseMilliseconds / 3);
    await renewed.mock.results[0]?.value;
    await lease('b').run(other);
  }
  expect(other).not.toHaveBeenCalled();
  ends.open();
  await running;
  clock.time += leaseMilliseconds;
  await lease('b').run(other);
  expect(other).toHaveBeenCalledTimes(1);
});

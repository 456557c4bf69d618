import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Logger } from '../ports/logger.ts';
import { PeriodicJob } from './periodic-job.ts';

const errors: unknown[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (...entry) => void errors.push(entry),
};
beforeEach(() => {
  vi.useFakeTimers();
  errors.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

test('runs again and again, one at a time, and goes on after a failure', async () => {
  let runs = 0;
  const job = new PeriodicJob(
    'test',
    100,
    async () => {
      runs += 1;
      if (runs === 2) throw new Error('once');
    },
    logger,
  );
  job.start();
  await vi.advanceTimersByTimeAsync(350);
  expect(runs).toBe(3);
  expect(errors).toHaveLength(1);
  await job.stop();
  await vi.advanceTimersByTimeAsync(500);
  expect(runs).toBe(3);
});

test('stopping tells what runs, and waits for it', async () => {
  let ended = false;
  const work = (stop: AbortSignal) =>
    new Promise<void>(resolve => {
      stop.addEventListener('abort', () => {
        setTimeout(() => {
          ended = true;
          resolve();
        }, 500);
      });
    });
  const job = new PeriodicJob('test', 100, work, logger);
  job.start();
  await vi.advanceTimersByTimeAsync(150);
  const stopped = job.stop().then(() => expect(ended).toBe(true));
  await vi.advanceTimersByTimeAsync(500);
  await stopped;
});

test('stopping does not wait for ever', async () => {
  const job = new PeriodicJob('test', 100, () => new Promise(() => {}), logger);
  job.start();
  await vi.advanceTimersByTimeAsync(150);
  const stopped = job.stop();
  await vi.advanceTimersByTimeAsync(3_000);
  await stopped;
});

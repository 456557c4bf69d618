import { afterEach, beforeEach, expect, test } from 'vitest';
import { SilentRunWatch } from '../../packages/server/src/jobs/silent-run-watch.ts';
import type { AccessibleRun } from '../../packages/server/src/services/runs.ts';
import { RulesRegistry, silent } from '../support/rules-registry.ts';

const minute = 60_000;

let registry: RulesRegistry;
let watch: SilentRunWatch;
beforeEach(async () => {
  registry = await RulesRegistry.open();
  watch = watchOf('test');
});
afterEach(() => registry.close());

function watchOf(holder: string): SilentRunWatch {
  const { store, clock, services } = registry;
  return new SilentRunWatch({
    ...{ store, clock, holder, runs: services.runs, logger: silent, silenceMilliseconds: 5 * minute },
  });
}

function start(name: string): Promise<AccessibleRun> {
  return registry.services.runs.upsert(registry.admin, 'research', 'digits', name, {});
}

async function stateOf(name: string): Promise<[string, number | null]> {
  const { run } = await registry.services.runs.get(registry.admin, 'research', 'digits', name);
  return [run.state, run.finishedAt];
}

async function after(minutes: number): Promise<void> {
  registry.clock.time += minutes * minute;
  await watch.run();
}

const crashes = async () =>
  (await registry.store.read.events.listUnsealed(1000)).filter(({ type }) => type === 'run.crashed');

test('a run that was not heard of for five minutes has crashed, at the time it was last heard of', async () => {
  await start('r1');
  const begin = registry.clock.time;
  await after(5);
  expect(await stateOf('r1')).toEqual(['running', null]);
  await after(0.1);
  expect(await stateOf('r1')).toEqual(['crashed', begin]);
  await after(5);
  expect(await crashes()).toMatchObject([{ details: { run: 'r1' }, actorUserId: null }]);
});

test('one that is heard of goes on, and one that ended stays as it ended', async () => {
  const alive = await start('alive');
  const done = await start('done');
  await registry.services.runs.receiveStream(done, { chunks: [], complete: true, exitCode: 0 });
  for (let i = 0; i < 3; i++) {
    await after(4);
    await registry.services.runs.receiveStream(alive, { chunks: [] });
  }
  expect(await stateOf('alive')).toEqual(['running', null]);
  expect((await stateOf('done'))[0]).toBe('finished');
  expect(await crashes()).toEqual([]);
});

test('a heartbeat brings it back, and so does starting it again', async () => {
  const run = await start('r1');
  await after(6);
  await registry.services.runs.receiveStream(run, { chunks: [] });
  expect(await stateOf('r1')).toEqual(['running', null]);
  await after(6);
  expect((await stateOf('r1'))[0]).toBe('crashed');
  await start('r1');
  expect(await stateOf('r1')).toEqual(['running', null]);
});

test.each([
  [{ complete: true, exitCode: 0 }, 'finished'],
  [{ complete: true, exitCode: 1 }, 'failed'],
  [{ preempting: true }, 'preempting'],
])('%j after a long silence holds', async (update, state) => {
  const run = await start('r1');
  await after(6);
  await registry.services.runs.receiveStream(run, { chunks: [], ...update });
  expect((await stateOf('r1'))[0]).toBe(state);
});

test('what happened while no server listened is no silence', async () => {
  await start('r1');
  registry.clock.time += 60 * minute;
  watch = watchOf('after the restart');
  await after(4);
  expect((await stateOf('r1'))[0]).toBe('running');
  await after(2);
  expect((await stateOf('r1'))[0]).toBe('crashed');
});

test('more than one batch, by one of two servers', async () => {
  for (let i = 0; i < 105; i++) await start(`r${i}`);
  const other = watchOf('other');
  registry.clock.time += 6 * minute;
  await Promise.all([watch.run(), other.run()]);
  expect(await crashes()).toHaveLength(105);
  expect(await registry.store.read.runs.listSilentRuns(registry.clock.time, 200)).toEqual([]);
});

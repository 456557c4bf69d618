import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Idempotency } from '../../packages/server/src/services/idempotency.ts';
import { gate } from '../support/gate.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
/** two servers */
let servers: [Idempotency, Idempotency];
beforeEach(async () => {
  registry = await RulesRegistry.open();
  servers = [new Idempotency(registry.store, registry.clock), new Idempotency(registry.store, registry.clock)];
});
afterEach(async () => {
  vi.useRealTimers();
  await registry.close();
});

const request = { method: 'POST', path: '/x', body: '{}' };
const made = { status: 201, body: 'made' };

/** Begins to act, and resolves once it does. */
async function begin(server: Idempotency) {
  const acting = gate();
  const done = gate();
  const answer = server.once(1, 'k', request, async () => {
    acting.open();
    await done.opened;
    return made;
  });
  await acting.opened;
  return { answer, finish: done.open };
}

const refuseToAct = () => Promise.reject(new Error('acted twice'));

test('while one server acts, another is busy; then it gives the same answer', async () => {
  const first = await begin(servers[0]);
  for (const server of servers) {
    await expect(server.once(1, 'k', request, refuseToAct)).rejects.toMatchObject({ code: 'BUSY' });
  }
  expect(await servers[1].once(1, 'other', request, async () => made)).toEqual({ ...made, repeated: false });
  expect(await servers[1].once(2, 'k', request, async () => made)).toEqual({ ...made, repeated: false });
  first.finish();
  expect(await first.answer).toEqual({ ...made, repeated: false });
  for (const server of servers) {
    expect(await server.once(1, 'k', request, refuseToAct)).toEqual({ ...made, repeated: true });
    await expect(server.once(1, 'k', { ...request, body: '{"x":1}' }, refuseToAct)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  }
});

test('what failed, or was an error of the server, is tried again at once', async () => {
  await expect(servers[0].once(1, 'k', request, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await servers[1].once(1, 'k', request, async () => ({ status: 503, body: '' }))).toMatchObject({
    repeated: false,
  });
  expect(await servers[0].once(1, 'k', request, async () => made)).toEqual({ ...made, repeated: false });
});

test('a server that went away keeps others waiting for half a minute, one that works for as long as it takes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const renewed = vi.spyOn(registry.store, 'transaction');
  const first = await begin(servers[0]);
  registry.clock.time += 25_000;
  renewed.mockClear();
  vi.advanceTimersByTime(10_000);
  await renewed.mock.results[0]?.value;
  registry.clock.time += 25_000;
  await expect(servers[1].once(1, 'k', request, refuseToAct)).rejects.toMatchObject({ code: 'BUSY' });
  // no more of its renewals arrive
  registry.clock.time += 5_000;
  expect(await servers[1].once(1, 'k', request, async () => made)).toEqual({ ...made, repeated: false });
  first.finish();
  await first.answer;
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { MeasuredServer } from '../server/measured-server.ts';
import { measureBeside } from './measure-kinds.ts';

const running: Server[] = [];

afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

async function start(answer: () => void, onReset: () => void): Promise<MeasuredServer> {
  const server = createServer((_, response) => {
    answer();
    response.end('{}');
  }).listen(0, '127.0.0.1');
  running.push(server);
  await once(server, 'listening');
  const report = { cpuSeconds: 1 } as Awaited<ReturnType<MeasuredServer['report']>>;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pid: 0,
    readySeconds: 0,
    reset: async () => {
      onReset();
      return report;
    },
    report: async () => report,
    stop: async () => {},
  };
}

test('servers that are compared are asked for a kind one after the other, each of them first in turn', async () => {
  const asked: string[] = [];
  const answered = { small: 0, large: 0 };
  const servers = [];
  for (const name of ['small', 'large'] as const) {
    let kind = '';
    const server = await start(
      () => answered[name]++,
      () => asked.push(`${name} ${kind}`),
    );
    const kinds = ['list', 'search'].map(what => ({
      what,
      count: 10,
      make: () => {
        kind = what;
        return { method: 'GET', path: '/' };
      },
    }));
    servers.push({ server, kinds });
  }
  const results = await measureBeside(servers, 2, () => {});
  expect(asked).toEqual([
    ...['small list', 'large list', 'large search', 'small search'],
    ...['large list', 'small list', 'small search', 'large search'],
  ]);
  expect(answered.large).toBe(answered.small);
  expect(results.map(kinds => kinds.map(({ what }) => what))).toEqual([
    ['list', 'search'],
    ['list', 'search'],
  ]);
  // one second of CPU for 10 requests and one to warm up
  expect(results[1]?.[0]?.cpuMs).toBeCloseTo(1_000 / 11);
});

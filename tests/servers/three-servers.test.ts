import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AliasMove } from '../../packages/server/src/domain/collections.ts';
import { eventHash } from '../../packages/server/src/jobs/event-relay.ts';
import type { EventsReader } from '../../packages/server/src/ports/metadata/events.ts';
import { openPostgresMetadataStore } from '../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { readAll } from '../stores/metadata/sample-records.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { providedObjects } from '../support/provided-servers.ts';
import { type ServerProcess, startServerProcess, testKey } from '../support/server-process.ts';
import { newSharedStores } from '../support/shared-servers.ts';

const writers = 64;
const artifactUrl = '/api/v1/projects/research/servers/artifacts/model';
const aliasUrl = `${artifactUrl}/aliases/production`;

/** of their own: it is going to crash */
let postgres: PostgresServer;
let folder: string;
let settings: Record<string, string>;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-servers-'));
  postgres = await startPostgres();
  settings = {
    ...(await newSharedStores({ postgres: postgres.url('postgres'), objects: providedObjects() })),
    WEIGHHOUSE_LOG_LEVEL: 'error',
  };
  // at once, on an empty database
  servers.push(...(await Promise.all([0, 1, 2].map(start))));
});
afterAll(async () => {
  for (const server of servers) await server.kill();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(index: number): Promise<ServerProcess> {
  return startServerProcess(join(folder, String(index)), settings);
}

/** Asks one server after the other, as behind a balancer, until one of them has an answer. */
async function ask(method: string, path: string, body?: unknown, begin = 0): Promise<Record<string, unknown>> {
  for (let attempt = begin; ; attempt++) {
    const server = servers[attempt % servers.length];
    try {
      const response = await send(server?.url ?? '', method, path, body);
      if (response.ok) return (await response.json()) as Record<string, unknown>;
      const answer = await response.text();
      if (response.status < 500 || response.status === 500) throw new Error(`${method} ${path}: ${answer}`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await pause(20);
  }
}

function send(url: string, method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  return fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

interface Move {
  number: number;
  revision: number;
  began: number;
  ended: number;
}

/** Versions of references: their bytes are nobody's, so that only the records are shared. */
async function logAndPromote(writer: number, round: number): Promise<Move> {
  const reference = { path: 'model.bin', uri: `s3://bucket/${writer}/${round}`, digest: `${writer}-${round}` };
  const version = await ask('POST', `${artifactUrl}/versions`, { references: [reference] }, writer + round);
  const number = Number(version.number);
  const began = performance.now();
  const alias = await ask('PUT', aliasUrl, { version: `v${number}` }, writer + round + 1);
  return { number, revision: Number(alias.revision), began, ended: performance.now() };
}

test('three servers, 64 writers, each server killed in turn, PostgreSQL crashed: nothing is lost, done twice or stale', {
  timeout: 180_000,
}, async () => {
  const moves: Move[] = [];
  let over = false;
  const more = async (count: number) => {
    const wanted = moves.length + count;
    while (moves.length < wanted) await pause(5);
  };
  const writing = Array.from({ length: writers }, async (_, writer) => {
    for (let round = 0; !over; round++) moves.push(await logAndPromote(writer, round));
  });
  const reading = Array.from({ length: 4 }, async (_, reader) => {
    await more(1);
    for (let round = reader; !over; round++) {
      const known = Math.max(...moves.map(({ revision }) => revision));
      expect((await ask('GET', aliasUrl, undefined, round)).revision).toBeGreaterThanOrEqual(known);
    }
  });
  const breaking = (async () => {
    await more(writers);
    for (const index of servers.keys()) {
      await servers[index]?.kill();
      await more(writers);
      servers[index] = await start(index);
    }
    await postgres.crash();
    await more(writers);
    over = true;
  })();
  await Promise.all([breaking, ...writing, ...reading]);

  const store = openPostgresMetadataStore({ url: settings.WEIGHHOUSE_DATABASE ?? '', connections: 2 });
  try {
    const collection = Number((await ask('GET', artifactUrl)).id);
    const places = await readAll(page => store.read.collections.listMemberships(collection, page), 500);
    const order = places.map((_, i) => i);
    expect(places.map(({ number }) => number)).toEqual(order);
    expect(moves.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(order);
    requireOneOrder(
      moves,
      await readAll(page => store.read.collections.listAliasMoves(collection, page, 'production'), 500),
    );
    // the lease of a server that was killed has to run out first
    await vi.waitFor(() => requireOneChain(store.read.events, places.length), { timeout: 60_000, interval: 200 });
  } finally {
    await store.close();
  }
});

/** The alias moved from one target to the next in an order in which every answer was true while its request ran. */
function requireOneOrder(moves: Move[], newestFirst: AliasMove[]): void {
  const history = newestFirst.toReversed().toSorted((a, b) => a.revision - b.revision);
  for (const [i, move] of history.entries()) {
    expect(move.revision).toBe(i + 1);
    expect(move.fromVersionId).toBe(history[i - 1]?.toVersionId ?? null);
  }
  for (const move of moves) expect(history[move.revision - 1]?.toNumber).toBe(move.number);
  for (const first of moves) {
    for (const second of moves) {
      if (first.ended < second.began) expect(first.revision).toBeLessThan(second.revision);
    }
  }
}

/** However many servers relay events, each has one place in one chain. */
async function requireOneChain(events: EventsReader, versions: number): Promise<void> {
  expect(await events.listUnsealed(1)).toEqual([]);
  const sealed = await readAll(page => events.listEvents(page), 500);
  let hash = '0'.repeat(64);
  for (const [i, event] of sealed.entries()) {
    expect(event.sequence).toBe(i + 1);
    hash = eventHash(hash, event.sequence, event);
    expect(event.hash).toBe(hash);
  }
  expect(sealed.filter(({ type }) => type === 'version.committed')).toHaveLength(versions);
}

test('a request sent to all servers at once with one Idempotency-Key acts once', async () => {
  const statuses: number[] = [];
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, i) =>
        send(
          servers[i % servers.length]?.url ?? '',
          'POST',
          '/api/v1/projects/research',
          { name: `once${round}` },
          {
            'idempotency-key': `once${round}`,
          },
        ),
      ),
    );
    const bodies = await Promise.all(answers.map(async each => ({ status: each.status, body: await each.text() })));
    const made = bodies.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ body }) => body)).size).toBe(1);
    const acted = answers.filter(each => each.status === 201 && !each.headers.has('idempotency-replayed'));
    expect(acted).toHaveLength(1);
    statuses.push(...answers.map(({ status }) => status));
  }
  expect(statuses.filter(status => status !== 201 && status !== 503)).toEqual([]);
});

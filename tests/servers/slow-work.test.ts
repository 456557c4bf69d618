import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { manyEntries } from '../../packages/server/src/services/slow-work.ts';
import { query } from '../support/postgres-database.ts';
import { sharedServers } from '../support/provided-servers.ts';
import { type ServerProcess, startServerProcess, testKey } from '../support/server-process.ts';
import { newSharedStores } from '../support/shared-servers.ts';
import { manifestOfDigests, md5Base64, put, WandbProtocol } from '../support/wandb-protocol.ts';

const place = { entity: 'research', project: 'slow', run: 'run1' };

let folder: string;
let settings: Record<string, string>;
let database: string;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-slow-'));
  settings = { ...(await newSharedStores(sharedServers())), WEIGHHOUSE_LOG_LEVEL: 'error' };
  database = settings.WEIGHHOUSE_DATABASE ?? '';
  servers.push(...(await Promise.all([0, 1].map(start))));
  await wandb(0).createRun(place.entity, place.project, place.run);
});
afterAll(async () => {
  for (const server of servers) await server.kill();
  await rm(folder, { recursive: true, force: true });
});

/** A pending version of many files, all sent but not committed. */
let artifact: { name: string; id: string };
beforeEach(async () => {
  artifact = await announceLarge(randomUUID());
});

function start(index: number): Promise<ServerProcess> {
  return startServerProcess(join(folder, String(index)), settings);
}

function wandb(index: number): WandbProtocol {
  return new WandbProtocol(servers[index]?.url ?? '', testKey);
}

async function announceLarge(name: string): Promise<{ name: string; id: string }> {
  const client = wandb(0);
  const { json, digest } = manifestOfDigests(
    Array.from({ length: manyEntries }, (_, i) => ({
      path: `f${i}`,
      md5: `${name}-${i}`,
      size: 1,
      ref: `s3://bucket/${i}`,
    })),
  );
  const { id } = await client.createArtifact({ ...place, name, digest, clientId: randomUUID() });
  const manifest = Buffer.from(json);
  const { uploadUrl, headers } = await client.createManifest(id, place, md5Base64(manifest));
  await put(uploadUrl ?? '', manifest, headers);
  return { name, id };
}

/** Makes every commit to the artifact wait, as a large one would take its time, until it is released. */
async function holdCommits(name: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query('begin');
  await client.query('select id from collections where name = $1 for update', [name]);
  return () => client.end();
}

async function claims(): Promise<{ name: string; holder: string }[]> {
  return (await query(database, `select name, holder from leases where name like 'work commit %'`)) as {
    name: string;
    holder: string;
  }[];
}

/** How many transactions wait for what `holdCommits` holds. */
async function waiting(): Promise<number> {
  const rows = await query(
    database,
    `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length;
}

/** Whether a server has looked for somebody's claim. */
async function hasLooked(): Promise<boolean> {
  const rows = await query(
    database,
    `select pid from pg_stat_activity where datname = current_database() and query like 'select%from "leases"%'
     and pid <> pg_backend_pid()`,
  );
  return rows.length > 0;
}

/** Commits as the client does: it tries again after 503, as long as it is told to. */
async function commit(index: number): Promise<{ id: string; busy: number; longest: number }> {
  let longest = 0;
  for (let busy = 0; ; busy++) {
    const began = performance.now();
    const response = await fetch(`${servers[index]?.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation C($id: ID!) { commitArtifact(input: {artifactID: $id}) { artifact { id } } }',
        variables: { id: artifact.id },
      }),
    });
    longest = Math.max(longest, performance.now() - began);
    const answer = (await response.json()) as { data?: { commitArtifact: { artifact: { id: string } } } };
    if (response.ok && answer.data) return { id: answer.data.commitArtifact.artifact.id, busy, longest };
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

async function commitEvents(): Promise<number> {
  const rows = await query(
    database,
    `select e.id from events e join collections c on c.id = e.collection_id
     where e.type = 'version.committed' and c.name = '${artifact.name}'`,
  );
  return rows.length;
}

test('a slow commit is joined at another server, and done once', async () => {
  const release = await holdCommits(artifact.name);
  const first = commit(0);
  await vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 50_000 });
  const [claim] = await claims();
  const second = commit(1);
  let answered = false;
  void second.then(() => {
    answered = true;
  });
  await vi.waitFor(async () => expect(await hasLooked()).toBe(true), { timeout: 50_000 });
  // it waits for the other's work, and not for what that waits for
  expect([await waiting(), answered, await claims()]).toEqual([1, false, [claim]]);
  await release();
  expect([(await first).id, (await second).id]).toEqual([artifact.id, artifact.id]);
  expect(await commitEvents()).toBe(1);
  expect(await claims()).toEqual([]);
});

test('the commit of a server that is killed is finished by the one that is asked next, which says BUSY until then', {
  timeout: 120_000,
}, async () => {
  const release = await holdCommits(artifact.name);
  const first = commit(0).catch(error => error);
  await vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 50_000 });
  const [claim] = await claims();
  await servers[0]?.kill();
  expect(await first).toBeInstanceOf(TypeError);
  const second = commit(1);
  await release();
  const { id, busy, longest } = await second;
  expect(id).toBe(artifact.id);
  // the claim lasts for half a minute, and the client's patience for less
  expect(busy).toBeGreaterThan(0);
  expect(longest).toBeLessThan(29_000);
  expect(claim?.name).toMatch(/^work commit /);
  expect(await commitEvents()).toBe(1);
  expect(await claims()).toEqual([]);
});

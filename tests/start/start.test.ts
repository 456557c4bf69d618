import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess, testKey } from '../support/server-process.ts';

const entry = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
let folder: string;
const running: ServerProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-start-'));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.kill().catch(() => {});
  await rm(folder, { recursive: true, force: true });
});

async function start(environment: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await startServerProcess(folder, environment);
  running.push(server);
  return server;
}

/** Runs a server that is expected not to start; answers with what it told the operator. */
function refused(environment: Record<string, string>): string {
  const env = { PATH: process.env.PATH, WEIGHHOUSE_DATA: folder, WEIGHHOUSE_PORT: '0', ...environment };
  const { status, stderr } = spawnSync(process.execPath, [entry], { env, encoding: 'utf8', timeout: 50_000 });
  expect(status).toBe(1);
  expect(stderr).not.toMatch(/\n\s+at /);
  return stderr;
}

async function statusOf(server: ServerProcess, path: string, key?: string): Promise<number> {
  const response = await fetch(`${server.url}${path}`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
  await response.arrayBuffer();
  return response.status;
}

test('an empty folder: the key is generated, shown once, works, and only its hash is kept', async () => {
  const server = await start({ WEIGHHOUSE_BOOTSTRAP_API_KEY: '' });
  const key = /WANDB_API_KEY=(\S+)/.exec(server.output())?.[1] ?? '';
  expect(key).toMatch(/^wh_\w{49}$/);
  expect(server.output()).toContain(`WANDB_BASE_URL=${server.url}`);
  expect(await statusOf(server, '/livez')).toBe(200);
  expect(await statusOf(server, '/readyz')).toBe(200);
  expect(await statusOf(server, '/api/v1/viewer', key)).toBe(200);
  expect(await statusOf(server, '/api/v1/viewer')).toBe(401);
  expect(await server.stop()).toBe(0);
  for (const name of await readdir(folder)) {
    if ((await stat(join(folder, name))).isFile())
      expect((await readFile(join(folder, name))).includes(key)).toBe(false);
  }
  const again = await start({ WEIGHHOUSE_BOOTSTRAP_API_KEY: '' });
  expect(again.output()).not.toContain(key);
  expect(await statusOf(again, '/api/v1/viewer', key)).toBe(200);
});

test('headless: the bootstrap key is the admin’s, and is never printed', async () => {
  const server = await start();
  expect(await statusOf(server, '/api/v1/viewer', testKey)).toBe(200);
  expect(server.output()).not.toContain(testKey);
});

test('the folder and its files are for this user alone', async () => {
  const server = await start();
  expect((await stat(folder)).isDirectory()).toBe(true);
  await server.stop();
  expect((await stat(join(folder, 'instance.json'))).mode & 0o077).toBe(0);
});

test('a second server on the same folder is refused; after kill -9 the folder is free', async () => {
  const first = await start();
  expect(refused({ WEIGHHOUSE_BOOTSTRAP_API_KEY: testKey })).toMatch(/Another server uses the data folder/);
  await first.kill();
  const second = await start();
  expect(await statusOf(second, '/readyz')).toBe(200);
});

test('a folder for bytes outside the data folder belongs to one server', async () => {
  const blobs = `file:${join(folder, 'elsewhere')}`;
  const first = await start({ WEIGHHOUSE_DATA: join(folder, 'first'), WEIGHHOUSE_BLOBS: blobs });
  const second = { WEIGHHOUSE_DATA: join(folder, 'second'), WEIGHHOUSE_BLOBS: blobs };
  expect(refused(second)).toMatch(/Another server keeps its bytes in .*elsewhere/);
  await first.kill();
  expect(await (await start(second)).stop()).toBe(0);
});

test('data of a newer build are refused', async () => {
  await (await start()).stop();
  const file = join(folder, 'instance.json');
  const instance = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...instance, format: instance.format + 1 }));
  expect(refused({})).toMatch(/written by a newer Weighhouse/);
});

test('beyond loopback an empty folder needs the bootstrap key, and nothing is made without it', async () => {
  expect(refused({ WEIGHHOUSE_HOST: '0.0.0.0' })).toMatch(/WEIGHHOUSE_BOOTSTRAP_API_KEY/);
  const server = await start({ WEIGHHOUSE_HOST: '0.0.0.0' });
  expect(await statusOf(server, '/api/v1/viewer', testKey)).toBe(200);
});

test('all problems of the configuration are told together, and a misspelt setting is named', () => {
  const told = refused({ WEIGHHOUSE_PROT: '1', WEIGHHOUSE_PORT: 'x', WEIGHHOUSE_BOOTSTRAP_API_KEY: 'short' });
  expect(told).toMatch(/WEIGHHOUSE_PROT.*WEIGHHOUSE_PORT/s);
  expect(told).toMatch(/40/);
  expect(told).not.toContain('"short"');
});

test('a database and a storage that are not there are told together', () => {
  const told = refused({
    WEIGHHOUSE_DATABASE: 'postgres://nobody:secret-word@127.0.0.1:1/nothing',
    WEIGHHOUSE_BLOBS: 's3://bucket/prefix?endpoint=http://127.0.0.1:2',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret-word',
  });
  expect(told).toMatch(/127\.0\.0\.1:1\b.*127\.0\.0\.1:2\b/s);
  expect(told).not.toContain('secret-word');
});

test('a port in use is said so', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  expect(refused({ WEIGHHOUSE_PORT: String(port) })).toMatch(/is in use/);
  other.close();
});

test('a bootstrap key that is another user’s is refused', async () => {
  const server = await start();
  const theirs = 'somebody-elses-key-0123456789-0123456789-0123456789';
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect((await post('/api/v1/users', { username: 'ada' })).status).toBe(201);
  expect((await post('/api/v1/users/ada/api-keys', { secret: theirs })).status).toBe(201);
  await server.stop();
  expect(refused({ WEIGHHOUSE_BOOTSTRAP_API_KEY: theirs })).toMatch(/already the key of another user/);
});

test('an unknown host is not answered', async () => {
  const server = await start();
  const status = await new Promise(resolve => {
    const { hostname, port } = new URL(server.url);
    request({ hostname, port, path: '/api/v1/viewer', headers: { host: 'evil.example' } }, response => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(400);
});

test('SIGTERM lets a running upload finish, and it is there after the next start', async () => {
  const server = await start();
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
  await fetch(`${server.url}/api/v1/projects/research`, { method: 'POST', headers, body: '{"name":"digits"}' });
  const { createHash } = await import('node:crypto');
  const bytes = Buffer.alloc(300_000, 'weights');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { hostname, port } = new URL(server.url);
  const path = `/api/v1/projects/research/digits/blobs/${sha256}`;
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        path,
        method: 'PUT',
        headers: { ...headers, 'content-type': 'application/octet-stream', 'content-length': bytes.length },
      },
      response => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
      },
    );
    sent.once('error', reject);
    sent.write(bytes.subarray(0, 100_000));
    setTimeout(() => sent.end(bytes.subarray(100_000)), 700);
  });
  await new Promise(resolve => setTimeout(resolve, 250));
  const stopped = server.stop();
  expect(await answered).toBe(201);
  expect(await stopped).toBe(0);
  const again = await start();
  const repeated = await fetch(`${again.url}${path}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  expect(repeated.status).toBe(200);
});

test('SIGTERM does not wait for a connection on which nothing was asked', async () => {
  const server = await start();
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const closed = once(socket.resume(), 'close');
  // The server has seen the connection once it answers one that came later.
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
  await closed;
});

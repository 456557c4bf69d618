/**
 * Uploads and downloads of one large file through the blob store, next to md5sum, dd and nginx on the same cores.
 * Usage: node bench/transfer/transfer-bench.ts FILE [rounds]. The file should fit into the page cache.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { startBareServer } from './bare-server-process.ts';
import { downloadWithCurl } from './download-with-curl.ts';
import { sendParts, sendSlice } from './measure-transfer.ts';
import { startNginx } from './nginx-server.ts';
import { partDigests } from './part-digests.ts';
import { runCommand } from './run-command.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('Name the file to send.');
const rounds = Number(process.argv[3] ?? 1);
const { size } = await stat(path);
const partBytes = 100 << 20;
const md5s = await partDigests(path, size, partBytes);
const md5 = (await runCommand('md5sum', [path])).stdout.slice(0, 32);
const folder = await mkdtemp(join(tmpdir(), 'weighhouse-bench-'));
const server = await startBareServer(join(folder, 'store'));

function report(what: string, seconds: number, more = ''): void {
  console.log(
    `${what.padEnd(34)} ${seconds.toFixed(2).padStart(6)} s ${(size / seconds / 1e6).toFixed(0).padStart(6)} MB/s ${more}`,
  );
}

function check<T extends { status: number; body: string }>(result: T): T {
  if (result.status !== 200) throw new Error(`${result.status}: ${result.body}`);
  return result;
}

/** Runs one transfer and says what it cost the server. */
async function measured(what: string, yardstick: number, transfer: () => Promise<number>): Promise<void> {
  const rss = await server.reset();
  const cpu = (await server.usage()).cpuSeconds;
  const seconds = await transfer();
  const usage = await server.usage();
  const growth = ((usage.peakRss - rss) / (1 << 20)).toFixed(0);
  const cost = `cpu ${(usage.cpuSeconds - cpu).toFixed(1)} s, memory +${growth} MiB, loop ${usage.maxLoopDelayMs.toFixed(0)} ms`;
  report(what, seconds, `${((yardstick / seconds) * 100).toFixed(0)} % of the yardstick's speed; ${cost}`);
}

const remove = (key: string) => fetch(`${server.url}/blob?key=${key}`, { method: 'DELETE' });
const keyOf = (body: string) => (JSON.parse(body) as { key: string }).key;
const whole = { path, offset: 0, length: size };

/** Each returns its seconds and leaves nothing behind. */
async function put(): Promise<number> {
  const { seconds, body } = check(await sendSlice({ method: 'PUT', url: `${server.url}/blob` }, whole));
  await remove(keyOf(body));
  return seconds;
}

async function openUpload(): Promise<string> {
  const answer = await fetch(`${server.url}/upload`, { method: 'POST' });
  return ((await answer.json()) as { upload: string }).upload;
}

async function finish(query: string): Promise<void> {
  const answer = await fetch(`${server.url}/finish?${query}`, { method: 'POST' });
  await remove(keyOf(await answer.text()));
}

async function parts(parallel: number): Promise<number> {
  const started = performance.now();
  const upload = await openUpload();
  const { results } = await sendParts(
    { path: whole.path, size },
    {
      partBytes,
      parallel,
      target: ({ number, count }) => ({
        method: 'PUT',
        url: `${server.url}/part?upload=${upload}&number=${number}&count=${count}&md5=${md5s[number - 1]}`,
      }),
    },
  );
  results.forEach(check);
  const arrived = performance.now();
  await finish(`upload=${upload}&count=${results.length}&md5=${md5}`);
  console.log(
    `  all parts ${((arrived - started) / 1000).toFixed(2)} s, finish ${((performance.now() - arrived) / 1000).toFixed(2)} s`,
  );
  return (performance.now() - started) / 1000;
}

async function append(): Promise<number> {
  const started = performance.now();
  const upload = await openUpload();
  check(await sendSlice({ method: 'PATCH', url: `${server.url}/upload?upload=${upload}&offset=0` }, whole));
  await finish(`upload=${upload}`);
  return (performance.now() - started) / 1000;
}

try {
  for (let round = 0; round < rounds; round++) {
    const { seconds: md5sum } = await runCommand('md5sum', [path]);
    report('md5sum', md5sum);
    const copy = join(folder, 'copy');
    report('dd conv=fsync', (await runCommand('dd', [`if=${path}`, `of=${copy}`, 'bs=1M', 'conv=fsync'])).seconds);
    await rm(copy);
    await measured('one PUT', md5sum, put);
    await measured('one PATCH, then finish', md5sum, append);
    await measured('parts of 100 MiB, 128 in parallel', md5sum, () => parts(128));
    await measured('parts of 100 MiB, one by one', md5sum, () => parts(1));

    const stored = check(await sendSlice({ method: 'PUT', url: `${server.url}/blob` }, whole));
    const key = keyOf(stored.body);
    const nginx = await startNginx(dirname(path));
    try {
      const file = `${nginx.url}/${basename(path)}`;
      const download = `${server.url}/blob?key=${key}`;
      await downloadWithCurl(file);
      // Past the page cache, then into it: nginx's file is there, too.
      for (let i = 0; i < 2; i++) await downloadWithCurl(download);
      const yardstick = await downloadWithCurl(file);
      report('download from nginx', yardstick);
      await measured('download', yardstick, () => downloadWithCurl(download));
    } finally {
      await nginx.stop();
      await remove(key);
    }
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** A node:http server with nothing but the blob store behind it: the most a façade could reach. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { receiveBody } from '../../packages/server/src/http/byte-body.ts';
import { planDownload } from '../../packages/server/src/http/byte-download.ts';
import { sendDownload } from '../../packages/server/src/http/byte-pump.ts';
import { FileSystemBlobStore } from '../../packages/server/src/stores/blobs/file-system/file-system-blob-store.ts';

const store = new FileSystemBlobStore({ root: process.argv[2] ?? 'bench-blobs' });
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let peakRss = 0;
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 20).unref();

type Answer = (request: IncomingMessage, url: URL, response: ServerResponse) => Promise<unknown>;

const routes: Record<string, Answer> = {
  'PUT /blob': request => store.write(receiveBody(request), {}),
  'GET /blob': async (request, url, response) => {
    const key = url.searchParams.get('key') ?? '';
    const size = (await store.stat(key))?.size ?? 0;
    const plan = planDownload('GET', request.headers, { sha256: key.slice(3, 67), size, fileName: 'model.bin' });
    await sendDownload(response, plan, range => store.read(key, range));
    return undefined;
  },
  'DELETE /blob': async (_, url) => {
    await store.delete(url.searchParams.get('key') ?? '');
    return {};
  },
  'POST /upload': async () => ({ upload: await store.openUpload() }),
  'PATCH /upload': async (request, url) => {
    const offset = Number(url.searchParams.get('offset'));
    return { offset: await store.append(url.searchParams.get('upload') ?? '', offset, receiveBody(request)) };
  },
  'PUT /part': (request, url) => {
    const number = Number(url.searchParams.get('number'));
    const count = Number(url.searchParams.get('count'));
    const expected = { size: Number(request.headers['content-length']), md5: url.searchParams.get('md5') ?? undefined };
    return store.writePart(url.searchParams.get('upload') ?? '', { number, count }, receiveBody(request), expected);
  },
  'POST /finish': async (_, url) => {
    const upload = url.searchParams.get('upload') ?? '';
    const count = url.searchParams.get('count');
    const expected = { md5: url.searchParams.get('md5') ?? undefined };
    const stored = await store.finishUpload(upload, expected, count === null ? undefined : Number(count));
    await store.abortUpload(upload);
    return stored;
  },
  'POST /reset': async () => {
    global.gc?.();
    peakRss = process.memoryUsage.rss();
    delay.reset();
    return { rss: peakRss };
  },
  'GET /usage': async () => ({ peakRss, maxLoopDelayMs: delay.max / 1e6, cpuSeconds: cpuSeconds() }),
};

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  try {
    const answer = await routes[`${request.method} ${url.pathname}`]?.(request, url, response);
    if (answer !== undefined) response.end(JSON.stringify(answer));
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());

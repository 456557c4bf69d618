import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSystemBlobStore } from '../stores/blobs/file-system/file-system-blob-store.ts';
import { type BodyLimits, receiveBody } from './byte-body.ts';
import { discardBody } from './byte-discard.ts';
import { planDownload } from './byte-download.ts';
import { sendDownload } from './byte-pump.ts';

let root: string;
let store: FileSystemBlobStore;
let url: string;
let port: number;
let limits: BodyLimits;
let blob: { key: string; size: number; sha256: string };
const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method === 'PUT') {
      const { size, md5 } = await store.write(receiveBody(request, limits), {});
      response.end(JSON.stringify({ size, md5 }));
    } else {
      const plan = planDownload(request.method ?? '', request.headers, { ...blob, fileName: 'f' });
      await sendDownload(response, plan, range => store.read(blob.key, range), { 'x-request-id': '7' });
    }
  } catch (error) {
    if (!(await discardBody(request))) response.setHeader('connection', 'close');
    response.statusCode = 400;
    response.end(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weighhouse-bytes-'));
  store = new FileSystemBlobStore({ root });
  limits = {};
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

const keep = async (bytes: Buffer) => {
  blob = await store.write(Readable.from([bytes]), {});
};
const body = async (response: Response) => Buffer.from(await response.arrayBuffer());
/** Sends raw text and returns everything the server says. */
const raw = (text: string) =>
  new Promise<string>(resolve => {
    let all = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', data => {
      all += data.toString('latin1');
      if (all.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(all)).on('error', () => {});
  });

describe('an upload', () => {
  it('arrives, whatever its size', async () => {
    for (const size of [0, 1, 100_000, 5 << 20]) {
      const answered = await fetch(url, { method: 'PUT', body: Buffer.alloc(size, 7) });
      expect(await answered.json()).toMatchObject({ size });
    }
  });

  it('is refused before it comes when it is declared too long', async () => {
    limits = { maxBytes: 10 };
    expect(await raw('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n')).toContain('TOO_LARGE');
    const answered = await fetch(url, { method: 'PUT', body: Buffer.alloc(11) });
    expect([await answered.text(), answered.headers.get('connection')]).toEqual(['TOO_LARGE', 'keep-alive']);
  });

  it('is refused when it turns out too long', async () => {
    limits = { maxBytes: 2 << 20 };
    const endless = Readable.toWeb(Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(100_000))));
    const init: RequestInit = { method: 'PUT', body: endless as ReadableStream, duplex: 'half' } as RequestInit;
    expect(await (await fetch(url, init)).text()).toBe('TOO_LARGE');
  });

  it('is refused when compressed', async () => {
    const answered = await fetch(url, { method: 'PUT', headers: { 'content-encoding': 'gzip' }, body: 'x' });
    expect(await answered.text()).toBe('NOT_SUPPORTED');
  });

  it('is cut off when it comes too slowly', async () => {
    limits = { minBytesPerSecond: 1000, windowMs: 50 };
    expect(await raw('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc')).toContain('UPLOAD_INTERRUPTED');
  });

  it('leaves nothing when the sender goes', async () => {
    const sending = httpRequest(url, { method: 'PUT', headers: { 'content-length': 5 << 20 } });
    sending.on('error', () => {});
    sending.write(Buffer.alloc(3 << 20));
    await expect.poll(() => readdirSync(join(root, 'temp')).length).toBe(1);
    sending.destroy();
    await expect.poll(() => readdirSync(join(root, 'temp')).length).toBe(0);
  });
});

describe('a download', () => {
  it.each([0, 1, 1 << 20, (3 << 20) + 5])('brings all %i bytes', async size => {
    const bytes = Buffer.alloc(size, 'weighhouse');
    await keep(bytes);
    const answered = await fetch(url);
    expect(answered.headers.get('content-length')).toBe(String(size));
    expect(answered.headers.get('x-request-id')).toBe('7');
    expect((await body(answered)).equals(bytes)).toBe(true);
  });

  it('brings a range', async () => {
    const bytes = Buffer.alloc(5 << 20, 'weighhouse');
    await keep(bytes);
    for (const [start, end] of [
      [1, 3],
      [7, (3 << 20) + 9],
    ] as const) {
      const answered = await fetch(url, { headers: { range: `bytes=${start}-${end}` } });
      expect(answered.status).toBe(206);
      expect((await body(answered)).equals(bytes.subarray(start, end + 1))).toBe(true);
    }
  });

  it('brings no body for a HEAD', async () => {
    await keep(Buffer.alloc(5000));
    const answered = await fetch(url, { method: 'HEAD' });
    expect([answered.headers.get('content-length'), (await body(answered)).length]).toEqual(['5000', 0]);
  });

  it('lets go of files and memory when clients go in the middle', async () => {
    await keep(Buffer.alloc(30 << 20));
    const openFiles = () => readdirSync('/proc/self/fd').length;
    const before = openFiles();
    for (let i = 0; i < 60; i++) {
      const stop = new AbortController();
      const answered = await fetch(url, { signal: stop.signal });
      await answered.body?.getReader().read();
      stop.abort();
    }
    await expect.poll(openFiles).toBeLessThanOrEqual(before + 3);
    expect((await body(await fetch(url))).length).toBe(30 << 20);
  });

  it('answers in time when the blob is gone', async () => {
    await keep(Buffer.alloc(10));
    await store.delete(blob.key);
    const answered = await fetch(url);
    expect([answered.status, await answered.text()]).toEqual([400, 'NOT_FOUND']);
  });
});

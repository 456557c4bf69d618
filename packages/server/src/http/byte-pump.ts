import type { ServerResponse } from 'node:http';
import type { BlobReader, ByteRange } from '../ports/blob-store.ts';
import { ByteBuffers } from './byte-buffers.ts';
import type { DownloadPlan } from './byte-download.ts';

/** Up to this size a body is read whole and leaves together with the headers. */
const smallBytes = 1 << 20;
/** A client that takes in nothing for so long has gone. */
const stallMs = 300_000;

/** So many reads of a file are under way for each download: one alone leaves a disk idle between them. */
const readsAhead = 2;

const buffers = new ByteBuffers();

/**
 * Sends an answer that `planDownload` made. Errors before the first byte are thrown, for the caller to answer; after
 * it the connection is cut, so that the client cannot take what it got for the whole.
 *
 * With Fastify: `reply.hijack()`, then this with `reply.raw` and `reply.getHeaders()`.
 *
 * @param open opens the bytes; called only when there are some to send.
 * @param headers what else the answer shall carry; the plan's headers win.
 */
export async function sendDownload(
  response: ServerResponse,
  plan: DownloadPlan,
  open: (range: ByteRange | undefined) => Promise<BlobReader>,
  headers: Record<string, number | string | string[] | undefined> = {},
): Promise<void> {
  if (!plan.hasBody) {
    writeHead(response, plan, headers);
    response.end();
    return;
  }
  const reader = await open(plan.range);
  try {
    if (reader.length <= smallBytes) {
      const bytes = await readWhole(reader);
      writeHead(response, plan, headers);
      response.end(bytes);
      return;
    }
    writeHead(response, plan, headers);
    await pump(response, reader);
  } catch (error) {
    if (!response.headersSent) throw error;
    response.destroy(error instanceof Error ? error : undefined);
  } finally {
    reader.stream.destroy();
  }
}

function writeHead(
  response: ServerResponse,
  plan: DownloadPlan,
  headers: Record<string, number | string | string[] | undefined>,
): void {
  for (const [name, value] of Object.entries({ ...headers, ...plan.headers })) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(plan.status);
}

async function readWhole(reader: BlobReader): Promise<Buffer> {
  if (reader.read === undefined) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.stream) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  }
  const bytes = Buffer.allocUnsafe(reader.length);
  let length = 0;
  while (length < bytes.length) length += await reader.read(bytes.subarray(length));
  return bytes;
}

async function pump(response: ServerResponse, reader: BlobReader): Promise<void> {
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});
  const onClose = () => gone.reject(new Error('the client has gone'));
  response.once('close', onClose);
  const stalled = setTimeout(() => response.destroy(), stallMs).unref();
  const send = (chunk: Uint8Array) => {
    const sent = new Promise<void>((resolve, reject) => {
      response.write(chunk, error => (error ? reject(error) : resolve()));
    });
    // Not every version of Node calls back for what a broken connection never sent.
    return Promise.race([sent, gone.promise]).then(() => void stalled.refresh());
  };
  try {
    if (response.destroyed) onClose();
    if (reader.read === undefined) for await (const chunk of reader.stream) await send(chunk as Uint8Array);
    else await pumpBuffers(reader.read.bind(reader), send);
    response.end();
  } finally {
    clearTimeout(stalled);
    response.off('close', onClose);
  }
}

/** Reads the next megabytes while the one before them leaves. */
async function pumpBuffers(
  read: (target: Uint8Array) => Promise<number>,
  send: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const reads: { buffer: Buffer; length: Promise<number> }[] = [];
  const begin = () => {
    const buffer = buffers.take();
    const length = read(buffer);
    // Awaited turns later; without this one that fails meanwhile would count as unhandled.
    length.catch(() => {});
    reads.push({ buffer, length });
  };
  let sending: Promise<void> = Promise.resolve();
  try {
    while (reads.length < readsAhead) begin();
    for (let next = reads[0]; next !== undefined; next = reads[0]) {
      const { buffer } = next;
      const length = await next.length;
      await sending;
      if (length === 0) return;
      reads.shift();
      sending = send(buffer.subarray(0, length)).finally(() => buffers.give(buffer));
      sending.catch(() => {});
      begin();
    }
  } finally {
    for (const { buffer, length } of reads) {
      const give = () => buffers.give(buffer);
      length.then(give, give);
    }
  }
}

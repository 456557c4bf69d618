import { open } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';

/** Where and how to send or fetch bytes; any server will do. */
export interface TransferTarget {
  method: string;
  url: string;
  headers?: Record<string, string>;
}

export interface FileSlice {
  path: string;
  /** bytes from the start */
  offset: number;
  /** bytes */
  length: number;
}

export interface TransferResult {
  seconds: number;
  status: number;
  body: string;
  headers: IncomingMessage['headers'];
}

/** Sends a slice of a file as one body and waits for the answer. */
export async function sendSlice(target: TransferTarget, slice: FileSlice): Promise<TransferResult> {
  const started = performance.now();
  const answer = Promise.withResolvers<IncomingMessage>();
  const request = httpRequest(target.url, {
    method: target.method,
    headers: { 'content-type': 'application/octet-stream', ...target.headers, 'content-length': slice.length },
    agent: false,
  });
  request.once('response', answer.resolve).on('error', answer.reject);
  answer.promise.catch(() => {});
  const file = await open(slice.path);
  try {
    // Two buffers: one is read into while the other leaves.
    let [filling, leaving] = [Buffer.allocUnsafeSlow(1 << 20), Buffer.allocUnsafeSlow(1 << 20)];
    let sent: Promise<void> = Promise.resolve();
    for (let at = 0; at < slice.length; ) {
      const { bytesRead } = await file.read(filling, 0, Math.min(filling.length, slice.length - at), slice.offset + at);
      if (bytesRead === 0) throw new Error(`${slice.path} is too short`);
      at += bytesRead;
      await sent;
      const chunk = filling.subarray(0, bytesRead);
      sent = new Promise((resolve, reject) => request.write(chunk, error => (error ? reject(error) : resolve())));
      sent.catch(() => {});
      [filling, leaving] = [leaving, filling];
    }
    await sent;
  } catch (error) {
    // A server that refuses answers, then closes; its answer says more.
    if (request.destroyed === false) throw error;
  } finally {
    await file.close();
  }
  request.end();
  const response = await answer.promise;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  const seconds = (performance.now() - started) / 1000;
  return { seconds, status: response.statusCode ?? 0, body, headers: response.headers };
}

/** Sends a file in equal parts, several at a time, in order of their numbers. */
export async function sendParts(
  file: { path: string; size: number },
  options: { partBytes: number; parallel: number; target: (part: { number: number; count: number }) => TransferTarget },
): Promise<{ seconds: number; results: TransferResult[] }> {
  const count = Math.ceil(file.size / options.partBytes);
  const results: TransferResult[] = [];
  const started = performance.now();
  let next = 1;
  const sender = async () => {
    while (next <= count) {
      const number = next++;
      const offset = (number - 1) * options.partBytes;
      const slice = { path: file.path, offset, length: Math.min(options.partBytes, file.size - offset) };
      results[number - 1] = await sendSlice(options.target({ number, count }), slice);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, sender));
  return { seconds: (performance.now() - started) / 1000, results };
}

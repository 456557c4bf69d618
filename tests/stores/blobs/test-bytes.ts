import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobReader } from '../../../packages/server/src/ports/blob-store.ts';

/** Bytes that differ at every position and by seed, quickly made. */
export function testBytes(size: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state;
  }
  return Buffer.from(words.buffer, 0, size);
}

export function digests(bytes: Uint8Array): { md5: string; sha256: string } {
  return {
    md5: createHash('md5').update(bytes).digest('hex'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** A source of bytes in chunks as a socket gives them. */
export function sourceOf(bytes: Uint8Array, chunkSize = 64 * 1024): Readable {
  return Readable.from(chunksOf(bytes, chunkSize), { objectMode: false });
}

export function* chunksOf(bytes: Uint8Array, chunkSize = 64 * 1024): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
}

/** Sends `bytes`, then breaks. */
export function brokenSource(bytes: Uint8Array): Readable {
  return Readable.from(
    (async function* () {
      yield* chunksOf(bytes);
      throw new Error('connection reset');
    })(),
    { objectMode: false },
  );
}

/** A source that the test feeds and ends itself. */
export function handFed(): { source: Readable; feed: (bytes: Uint8Array) => void; end: () => void } {
  const source = new Readable({ read() {} });
  return { source, feed: bytes => void source.push(bytes), end: () => void source.push(null) };
}

export async function readAll(reader: BlobReader): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

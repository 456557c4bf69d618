import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { BlobReader, ByteRange } from '../../../ports/blob-store.ts';
import { storageFailure } from './s3-error.ts';
import type { S3Objects } from './s3-objects.ts';
import { untilSilent } from './until-silent.ts';

/**
 * Opens an object. Where the connection breaks in the middle, reading goes on at that byte: the object under a key
 * never changes.
 * @returns undefined where there is none
 */
export async function readObject(objects: S3Objects, key: string, range?: ByteRange): Promise<BlobReader | undefined> {
  const first = await objects.get(key, range);
  if (first === undefined) return undefined;
  const { start, end } = range ?? { start: 0, end: first.size - 1 };
  const bytes = readOn(objects, key, { start, end }, first.stream);
  // Whoever destroys it unread frees the connection.
  const stream = Readable.from(bytes, { objectMode: false }).once('close', () => first.stream.destroy());
  return { size: first.size, length: end - start + 1, stream };
}

/** The bytes of several objects, one after the other. @throws RegistryError where one is gone or has another size */
export async function* readObjects(
  objects: S3Objects,
  pieces: readonly { key: string; size: number }[],
): AsyncGenerator<Uint8Array> {
  for (const { key, size } of pieces) {
    const reader = await readObject(objects, key);
    if (reader?.size !== size) {
      reader?.stream.destroy();
      throw storageFailure(new Error(`of ${size} bytes under ${key} the storage has ${reader?.size ?? 'none'}`));
    }
    yield* reader.stream as AsyncIterable<Uint8Array>;
  }
}

async function* readOn(
  objects: S3Objects,
  key: string,
  { start, end }: ByteRange,
  opened: Readable,
): AsyncGenerator<Uint8Array> {
  const { attempts, firstPauseMs, silenceMs } = objects.client.patience;
  let stream = opened;
  let at = start;
  for (let tries = 1; ; tries++) {
    let failure: unknown = new Error('the connection ended early');
    try {
      for await (const chunk of untilSilent(stream, silenceMs)) {
        at += chunk.length;
        if (at > end + 1) throw storageFailure(new Error('the storage sent more bytes than it announced'));
        yield chunk;
        tries = 1;
      }
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      failure = error;
    }
    if (at > end) return;
    if (tries >= attempts) throw storageFailure(failure);
    await pause(firstPauseMs * 2 ** (tries - 1));
    const again = await objects.get(key, { start: at, end });
    if (again === undefined) throw storageFailure(new Error(`${key} is gone`));
    stream = again.stream;
  }
}

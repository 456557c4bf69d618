import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { BlobReader, ByteRange } from '../../../ports/blob-store.ts';
import { DirectReader } from './direct-reader.ts';
import { errnoOf, type FileOperations } from './file-operations.ts';
import { unknownBlob } from './folder-layout.ts';
import type { Unread } from './unread-bytes.ts';

export interface FileBlob {
  path: string;
  /** Where its bytes are known not to be in the page cache. */
  unread?: Unread;
}

/** Opens a finished blob. The file may be removed meanwhile; what is open stays readable. */
export async function openFileBlob(
  operations: FileOperations,
  { path, unread }: FileBlob,
  range?: ByteRange,
): Promise<BlobReader> {
  let handle: FileHandle;
  try {
    handle = await operations.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw unknownBlob(error);
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const start = range?.start ?? 0;
    const end = range?.end ?? size - 1;
    if (range !== undefined && (start < 0 || end < start || end >= size)) {
      throw new RangeError(`bytes ${start} to ${end} are not within a blob of ${size}`);
    }
    const direct = unread && new DirectReader(operations, path, unread);
    return new FileBlobReader(handle, { size, start, length: end - start + 1 }, direct);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class FileBlobReader implements BlobReader {
  readonly size: number;
  readonly length: number;
  readonly #handle: FileHandle;
  readonly #direct: DirectReader | undefined;
  #position: number;
  #left: number;
  #stream: Readable | undefined;
  #closed: Promise<void> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    handle: FileHandle,
    { size, start, length }: { size: number; start: number; length: number },
    direct?: DirectReader,
  ) {
    this.#handle = handle;
    this.#direct = direct;
    this.size = size;
    this.length = length;
    this.#position = start;
    this.#left = length;
  }

  get stream(): Readable {
    this.#stream ??= this.#makeStream();
    return this.#stream;
  }

  read(target: Uint8Array): Promise<number> {
    const length = Math.min(target.length, this.#left);
    const read = this.#fill(target, length, this.#position);
    // The next call need not wait for this one.
    this.#position += length;
    this.#left -= length;
    // without its results, which would hold those of all reads before
    this.#reading = Promise.allSettled([this.#reading, read]).then(() => {});
    return read;
  }

  async #fill(target: Uint8Array, length: number, position: number): Promise<number> {
    let done = length > 0 ? ((await this.#direct?.read(target, length, position)) ?? 0) : 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(target, done, length - done, position + done);
      // Ending quietly would pass a damaged blob off as a whole one.
      if (bytesRead === 0) throw new Error(`the blob's file ends early, at byte ${position + done}`);
      done += bytesRead;
    }
    return length;
  }

  close(): Promise<void> {
    // A descriptor closed under a running read could be another file's by the time the read happens.
    this.#closed ??= this.#reading.then(async () => {
      await this.#direct?.close();
      await this.#handle.close();
    });
    return this.#closed;
  }

  #makeStream(): Readable {
    return new Readable({
      highWaterMark: 1 << 20,
      read: size => {
        const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(size, this.#left)));
        this.read(buffer).then(
          length => this.stream.push(length === 0 ? null : buffer.subarray(0, length)),
          (error: unknown) => this.stream.destroy(error instanceof Error ? error : new Error(String(error))),
        );
      },
      destroy: (error, callback) => {
        this.close().then(
          () => callback(error),
          () => callback(error),
        );
      },
    });
  }
}

import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { BlobReader, ByteRange } from '../../../ports/blob-store.ts';
import { errnoOf, type FileOperations } from './file-operations.ts';
import { unknownBlob } from './folder-layout.ts';

/** Opens a finished blob. The file may be removed meanwhile; what is open stays readable. */
export async function openFileBlob(operations: FileOperations, path: string, range?: ByteRange): Promise<BlobReader> {
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
    return new FileBlobReader(handle, size, start, end - start + 1);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class FileBlobReader implements BlobReader {
  readonly size: number;
  readonly length: number;
  readonly #handle: FileHandle;
  #position: number;
  #left: number;
  #stream: Readable | undefined;
  #closed: Promise<void> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle, size: number, start: number, length: number) {
    this.#handle = handle;
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
    const read = this.#read(target);
    this.#reading = read.catch(() => {});
    return read;
  }

  async #read(target: Uint8Array): Promise<number> {
    const wanted = Math.min(target.length, this.#left);
    if (wanted === 0) return 0;
    const { bytesRead } = await this.#handle.read(target, 0, wanted, this.#position);
    // Ending quietly would pass a damaged blob off as a whole one.
    if (bytesRead === 0) throw new Error(`the blob's file ends ${this.#left} bytes early`);
    this.#position += bytesRead;
    this.#left -= bytesRead;
    return bytesRead;
  }

  close(): Promise<void> {
    // A descriptor closed under a running read could be another file's by the time the read happens.
    this.#closed ??= this.#reading.then(() => this.#handle.close());
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

import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { HashWorkers } from '../intake/hash-workers.ts';
import type { RequestBody } from './s3-client.ts';
import type { ScratchFolder } from './scratch-folder.ts';

/** One turn of a worker: some milliseconds, so that other uploads are served in between. */
const turnBytes = 4 << 20;
const readBytes = 256 << 10;

/**
 * Some megabytes of a body on their way to the storage. They rest in a scratch file: in memory, a hundred senders who
 * stall in the middle of a piece would hold a gigabyte, and a piece has to be there until the storage has taken it.
 */
export class Piece {
  /** from 0 */
  readonly index: number;
  /** Position of its first byte in the whole body. */
  readonly start: number;
  /** The most bytes it takes. */
  readonly size: number;
  readonly #file: Promise<FileHandle>;
  readonly #writes: Promise<void>[] = [];
  #length = 0;

  constructor(scratch: ScratchFolder, place: { index: number; start: number; size: number }) {
    this.index = place.index;
    this.start = place.start;
    this.size = place.size;
    this.#file = scratch.open();
    this.#file.catch(() => {});
  }

  /** bytes so far */
  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length >= this.size;
  }

  /** Takes as many of the bytes as there is room for, at once; they may be reused when `done` resolves. */
  take(bytes: Uint8Array): { taken: number; done: Promise<void> } {
    const at = this.#length;
    const part = bytes.subarray(0, this.size - at);
    this.#length += part.length;
    const done = this.#write(part, at);
    done.catch(() => {});
    this.#writes.push(done);
    return { taken: part.length, done };
  }

  /** @param sha256 where it is known already */
  async body(workers: HashWorkers, sha256?: string): Promise<RequestBody> {
    await Promise.all(this.#writes);
    const file = await this.#file;
    const { length } = this;
    return {
      length,
      sha256: sha256 ?? (await hashFile(workers, file.fd, length)),
      open: () => Readable.from(readFile(file, length), { objectMode: false }),
    };
  }

  /** Frees it. Never throws. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await this.#file.then(file => file.close()).catch(() => {});
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    try {
      const file = await this.#file;
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
    } catch (error) {
      const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw new RegistryError(
        full ? 'STORAGE_FULL' : 'STORAGE_UNAVAILABLE',
        full
          ? 'The disk of the server has no room for bytes on their way; try again later.'
          : 'The bytes could not be stored; try again later.',
        { cause: error },
      );
    }
  }
}

/** A stream of the handle's own would close it when a try breaks off, and the next one would have nothing to send. */
async function* readFile(file: FileHandle, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, length - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error(`the scratch file ends at ${at}, before ${length}`);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function hashFile(workers: HashWorkers, fd: number, length: number): Promise<string> {
  const state = workers.open('sha256', 'parts');
  try {
    for (let at = 0; at < length; at += turnBytes) {
      await state.updateFromFile(fd, at, Math.min(turnBytes, length - at));
    }
    return await state.digest();
  } catch (error) {
    state.drop();
    throw error;
  }
}

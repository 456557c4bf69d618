import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { FileOperations } from './file-operations.ts';
import type { Unread } from './unread-bytes.ts';

/** Direct reads begin and end at multiples of this, in the file and in memory. */
const pageBytes = 4096;

/** Reads a file past the page cache, as long as it has bytes that nobody has read. */
export class DirectReader {
  readonly #operations: FileOperations;
  readonly #path: string;
  readonly #unread: Unread;
  #opening: Promise<FileHandle | undefined> | undefined;
  #refused = false;

  constructor(operations: FileOperations, path: string, unread: Unread) {
    this.#operations = operations;
    this.#path = path;
    this.#unread = unread;
  }

  /** @returns bytes, at most `length`; 0 where nothing was read and the page cache has to help. */
  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    // At the end of a range more is read than was asked for, as far as there is room.
    const room = target.length - (target.length % pageBytes);
    if (this.#refused || this.#unread.bytes <= 0 || room === 0) return 0;
    if (position % pageBytes !== 0 || target.byteOffset % pageBytes !== 0) return 0;
    this.#unread.bytes -= length;
    this.#opening ??= this.#open();
    const handle = await this.#opening;
    try {
      const read = await handle?.read(target, 0, room, position);
      return Math.min(length, read?.bytesRead ?? 0);
    } catch {
      // Memory that begins elsewhere, or a file system without. A disk that fails does so in the page cache, too.
      this.#refused = true;
      return 0;
    }
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  async #open(): Promise<FileHandle | undefined> {
    const { O_RDONLY, O_NOFOLLOW, O_DIRECT } = constants;
    return this.#operations.open(this.#path, O_RDONLY | O_NOFOLLOW | O_DIRECT).catch(() => undefined);
  }
}

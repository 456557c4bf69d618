import type { FileHandle } from 'node:fs/promises';
import type { Slot } from '../intake/transfer-slots.ts';
import { DirectFile } from './direct-file.ts';
import type { DurableContext } from './durable-folder.ts';

/** So many bytes may wait in the page cache before the disk is set to work on them. */
const backgroundSyncBytes = 64 << 20;

export interface GrowingFileOptions {
  path: string;
  /** Position of the first byte that is written. Default 0. */
  start?: number;
  /** Called after a background sync with the position up to which all bytes are on the disk. */
  onDurable?: (end: number) => Promise<void>;
}

/**
 * A file being written by one body, from `start` on. Syncs run in the background while bytes still arrive, so the
 * last one, which the sender waits for, has little left to do.
 */
export class GrowingFile {
  readonly #context: DurableContext;
  readonly #handle: FileHandle;
  readonly #direct: DirectFile;
  readonly #onDurable: ((end: number) => Promise<void>) | undefined;
  /** Writes that are done, beyond the first that is not. */
  readonly #ahead = new Map<number, number>();
  #written: number;
  #sinceSync = 0;
  #background: Promise<void> | undefined;
  #failure: unknown;

  constructor(context: DurableContext, handle: FileHandle, { path, start = 0, onDurable }: GrowingFileOptions) {
    this.#context = context;
    this.#handle = handle;
    this.#direct = new DirectFile(context, path);
    this.#written = start;
    this.#onDurable = onDurable;
  }

  /** Up to here everything from the start on was written, though perhaps not synced. */
  get written(): number {
    return this.#written;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#attempt(() => this.#context.operations.write(this.#handle, bytes, position));
    this.#note(bytes, position);
  }

  /** Past the page cache where that is possible. */
  async writeSlot(slot: Slot, position: number): Promise<void> {
    const direct = await this.#attempt(() => this.#direct.write(slot, position));
    if (direct) this.#note(slot.bytes, position);
    else await this.write(slot.bytes, position);
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      throw this.#context.guard.failure(error);
    }
  }

  #note(bytes: Uint8Array, position: number): void {
    this.#ahead.set(position, position + bytes.length);
    for (let end = this.#ahead.get(this.#written); end !== undefined; end = this.#ahead.get(this.#written)) {
      this.#ahead.delete(this.#written);
      this.#written = end;
    }
    this.#sinceSync += bytes.length;
    if (this.#sinceSync >= backgroundSyncBytes && this.#background === undefined) this.#startBackgroundSync();
  }

  /** Everything written so far is durable when this resolves. */
  async sync(): Promise<void> {
    await this.#background;
    if (this.#failure !== undefined) throw this.#failure;
    const { operations, guard, lanes } = this.#context;
    await lanes.run(() => guard.sync(() => operations.sync(this.#handle)));
  }

  /** Waits for what runs in the background, then closes. Never throws: what matters was synced before. */
  async close(): Promise<void> {
    await this.#background;
    await this.#direct.close();
    await this.#handle.close().catch(() => {});
  }

  #startBackgroundSync(): void {
    const { operations, guard, lanes } = this.#context;
    this.#sinceSync = 0;
    let end = this.#written;
    this.#background = lanes
      .run(() => {
        end = this.#written;
        return guard.sync(() => operations.syncData(this.#handle));
      })
      .then(() => guard.check())
      .then(() => this.#onDurable?.(end))
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#background = undefined;
      });
  }
}

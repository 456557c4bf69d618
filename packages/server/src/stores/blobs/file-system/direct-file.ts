import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { PhysicalKey } from '../../../ports/blob-store.ts';
import type { Slot } from '../intake/transfer-slots.ts';
import { DiskSpeed } from './disk-speed.ts';
import type { DurableContext } from './durable-folder.ts';
import { errnoOf } from './file-operations.ts';
import { SyncLanes } from './sync-lanes.ts';
import { UnreadBytes } from './unread-bytes.ts';

/**
 * Direct writes begin and end at multiples of this in the file and in memory. A page would do for the disk. So much
 * keeps apart what lies in one large folio of the page cache, where bytes that are written both ways could meet.
 */
const blockBytes = 1 << 20;
/** The start of every file, and so every small file, goes through the page cache and is warm for its first reader. */
const directFrom = 8 << 20;
/** Up to here every large file is written directly, which tells how fast the disk is by now. */
const triedUntil = directFrom + (16 << 20);
/**
 * bytes per second. For a slower disk an upload waits whichever way it is written, and so would the first reader if it
 * were not in the page cache.
 */
const slowDisk = 256e6;
/** The file system takes one after the other; the second is there before it has to wait for us. */
const writesAtOnce = 2;

/** What open and write say where a file system has no direct writes, or none from this memory. */
const refusals = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/** What the direct writes of one store share. */
export class DirectWrites {
  /** Where the system has no such thing; else learned from the first refusal, until the process ends. */
  refused = constants.O_DIRECT === undefined;
  readonly unread = new UnreadBytes();
  readonly lanes = new SyncLanes(writesAtOnce);
  readonly speed = new DiskSpeed();

  isWorthwhile(position: number): boolean {
    return position < triedUntil || (this.speed.value ?? slowDisk) >= slowDisk;
  }

  /** Remembers what has just been written and is hardly in the page cache. */
  noteWritten(key: PhysicalKey, size: number): void {
    if (!this.refused && size >= directFrom + blockBytes && this.isWorthwhile(size)) this.unread.add(key, size);
  }
}

/**
 * Writes whole blocks of a file past the page cache. Most of what a large upload costs is otherwise spent on pages
 * that are filled once, written to the disk and read by nobody soon.
 */
export class DirectFile {
  readonly #context: DurableContext;
  readonly #path: string;
  #opening: Promise<FileHandle | undefined> | undefined;

  /** @param path of a file that is there and open already */
  constructor(context: DurableContext, path: string) {
    this.#context = context;
    this.#path = path;
  }

  /** @returns false where nothing was written and the bytes have to go through the page cache. */
  async write({ bytes }: Slot, position: number): Promise<boolean> {
    const { direct, lanes, operations } = this.#context;
    if (direct.refused || position < directFrom || !direct.isWorthwhile(position)) return false;
    if (position % blockBytes !== 0 || bytes.length % blockBytes !== 0 || bytes.length === 0) return false;
    this.#opening ??= this.#open();
    const handle = await this.#opening;
    if (handle === undefined) return false;
    try {
      const write = () => operations.write(handle, bytes, position);
      // In the lanes of syncs, too: each blocks a thread for as long as the disk takes.
      await direct.lanes.run(() => lanes.run(() => direct.speed.measure(bytes.length, write)));
      return true;
    } catch (error) {
      if (!this.#isRefusal(error)) throw error;
      return false;
    }
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close().catch(() => {});
  }

  async #open(): Promise<FileHandle | undefined> {
    const { O_WRONLY, O_NOFOLLOW, O_DIRECT } = constants;
    try {
      return await this.#context.operations.open(this.#path, O_WRONLY | O_NOFOLLOW | O_DIRECT);
    } catch (error) {
      // Whatever it was, the handle that the file was opened with before still serves.
      this.#isRefusal(error);
      return undefined;
    }
  }

  #isRefusal(error: unknown): boolean {
    const isRefusal = refusals.has(errnoOf(error) ?? '');
    if (isRefusal) this.#context.direct.refused = true;
    return isRefusal;
  }
}

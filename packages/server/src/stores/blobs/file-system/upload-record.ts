import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { StoredBlob } from '../../../ports/blob-store.ts';
import { syncFolder } from './durable-folder.ts';
import { errnoOf } from './file-operations.ts';
import { unknownUpload } from './folder-layout.ts';
import type { StoreContext } from './store-context.ts';

export interface PlacedPart {
  /** bytes */
  size: number;
  md5: string;
  /** The MD5 is what the sender announced; the bytes were not compared with it. */
  unchecked?: true;
  /** Position in the data file, or the side file that holds the part as long as its position is unknown. */
  at: number | { sideFile: string };
}

type Entry = { offset: number } | ({ part: number; of: number } & PlacedPart) | { finished: StoredBlob };

/**
 * What is certain about an upload, one JSON line for each fact, appended and synced only after the bytes it speaks of
 * were. A line that a crash tore is no fact: what it spoke of is sent again.
 */
export class UploadRecord {
  offset = 0;
  partCount: number | undefined;
  readonly parts = new Map<number, PlacedPart>();
  finished: StoredBlob | undefined;
  readonly #context: StoreContext;
  readonly #path: string;
  #end = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(context: StoreContext, path: string) {
    this.#context = context;
    this.#path = path;
  }

  static async create(context: StoreContext, path: string): Promise<void> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = await context.operations.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    await handle.close();
  }

  static async load(context: StoreContext, path: string): Promise<UploadRecord> {
    const record = new UploadRecord(context, path);
    const text = await readText(context, path);
    for (;;) {
      const newline = text.indexOf(0x0a, record.#end);
      const entry = newline < 0 ? undefined : parse(text.subarray(record.#end, newline));
      if (entry === undefined) return record;
      record.#apply(entry);
      record.#end = newline + 1;
    }
  }

  /** Adds a fact; it is durable, and true of this object, when the promise resolves. */
  add(entry: Entry): Promise<void> {
    const added = this.#last.then(() => this.#append(entry));
    this.#last = added.catch(() => {});
    return added;
  }

  async #append(entry: Entry): Promise<void> {
    const { operations, guard, lanes } = this.#context;
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    let handle: FileHandle;
    try {
      handle = await operations.open(this.#path, constants.O_WRONLY | constants.O_NOFOLLOW);
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? unknownUpload(error) : guard.failure(error);
    }
    try {
      // Over a torn line, if there is one.
      await operations.write(handle, line, this.#end);
      await lanes.run(() => guard.sync(() => operations.syncData(handle)));
    } catch (error) {
      throw guard.failure(error);
    } finally {
      await handle.close();
    }
    this.#end += line.length;
    this.#apply(entry);
  }

  #apply(entry: Entry): void {
    if ('offset' in entry) this.offset = entry.offset;
    else if ('part' in entry) {
      const { part, of, ...placed } = entry;
      this.parts.set(part, placed);
      this.partCount = of;
    } else this.finished = entry.finished;
  }
}

async function readText(context: StoreContext, path: string): Promise<Buffer> {
  let handle: FileHandle;
  try {
    handle = await context.operations.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? unknownUpload(error) : context.guard.failure(error);
  }
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function parse(line: Uint8Array): Entry | undefined {
  try {
    return JSON.parse(Buffer.from(line).toString('utf8')) as Entry;
  } catch {
    return undefined;
  }
}

/** Makes the names of a new upload's files durable. */
export async function syncNewUpload(context: StoreContext, folder: string): Promise<void> {
  await syncFolder(context, folder);
  await syncFolder(context, context.layout.uploads);
}

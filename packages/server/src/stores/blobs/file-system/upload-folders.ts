import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ByteSource,
  ExpectedBytes,
  PartPosition,
  StoredBlob,
  StoredPart,
  UploadKey,
} from '../../../ports/blob-store.ts';
import { randomName, unknownUpload } from './folder-layout.ts';
import type { StoreContext } from './store-context.ts';
import { UploadFolder } from './upload-folder.ts';
import { syncNewUpload, UploadRecord } from './upload-record.ts';

/** So many idle uploads keep their running hashes; those of the others are computed anew from the file. */
const mostIdle = 1000;
/** Uploads nobody touched for so long belong to no session of the registry any more (these end after a week). */
const abandonedAfterMs = 30 * 24 * 3600 * 1000;

/** The unfinished uploads of one store. Each is a folder; what is in memory is only a help. */
export class UploadFolders {
  readonly #context: StoreContext;
  /** Insertion order is order of use, the longest unused first. */
  readonly #open = new Map<UploadKey, Promise<UploadFolder>>();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async open(): Promise<UploadKey> {
    const { guard, operations, layout } = this.#context;
    await guard.check();
    const key = randomName();
    const folder = layout.uploadFolder(key);
    try {
      await operations.makeFolder(folder);
      await UploadRecord.create(this.#context, join(folder, 'record'));
      await UploadRecord.create(this.#context, join(folder, 'data'));
      await syncNewUpload(this.#context, folder);
    } catch (error) {
      await operations.removeFolder(folder).catch(() => {});
      throw guard.failure(error);
    }
    return key;
  }

  append(key: UploadKey, offset: number, source: ByteSource, maxBytes?: number): Promise<number> {
    return this.#with(key, upload => upload.append(offset, source, maxBytes));
  }

  offset(key: UploadKey): Promise<number> {
    return this.#with(key, async upload => upload.offset);
  }

  writePart(key: UploadKey, part: PartPosition, source: ByteSource, expected: ExpectedBytes): Promise<StoredPart> {
    return this.#with(key, upload => upload.writePart(part, source, expected));
  }

  finish(key: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    return this.#with(key, upload => upload.finish(expected, partCount));
  }

  async abort(key: UploadKey): Promise<void> {
    const folder = this.#folderOf(key);
    if (folder === undefined) return;
    const open = this.#open.get(key);
    this.#open.delete(key);
    await (await open?.catch(() => undefined))?.abandon();
    await this.#context.operations.removeFolder(folder);
  }

  async removeAbandoned(): Promise<void> {
    const { operations, layout } = this.#context;
    for (const key of await operations.list(layout.uploads)) {
      const folder = this.#folderOf(key);
      if (folder === undefined || this.#open.has(key)) continue;
      const touched = await stat(join(folder, 'record')).catch(() => undefined);
      if (touched === undefined || Date.now() - touched.mtimeMs > abandonedAfterMs) {
        await operations.removeFolder(folder);
      }
    }
  }

  async close(): Promise<void> {
    const uploads = [...this.#open.values()];
    this.#open.clear();
    for (const upload of uploads) (await upload.catch(() => undefined))?.drop();
  }

  async #with<T>(key: UploadKey, work: (upload: UploadFolder) => Promise<T>): Promise<T> {
    const folder = this.#folderOf(key);
    if (folder === undefined) throw unknownUpload();
    const upload = this.#open.get(key) ?? UploadFolder.load(this.#context, folder);
    this.#open.delete(key);
    this.#open.set(key, upload);
    try {
      return await (await upload).use(work);
    } catch (error) {
      if (await upload.then(opened => opened.abandoned).catch(() => true)) this.#forget(key, upload);
      throw error;
    } finally {
      await this.#trim();
    }
  }

  #forget(key: UploadKey, upload: Promise<UploadFolder>): void {
    if (this.#open.get(key) === upload) this.#open.delete(key);
  }

  async #trim(): Promise<void> {
    if (this.#open.size <= mostIdle) return;
    for (const [key, opening] of this.#open) {
      if (this.#open.size <= mostIdle) return;
      const upload = await opening.catch(() => undefined);
      if (upload?.busy === true) continue;
      upload?.drop();
      this.#forget(key, opening);
    }
  }

  #folderOf(key: UploadKey): string | undefined {
    try {
      return this.#context.layout.uploadFolder(key);
    } catch {
      return undefined;
    }
  }
}

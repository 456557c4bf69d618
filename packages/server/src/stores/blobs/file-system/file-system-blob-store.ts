import { constants } from 'node:fs';
import { join } from 'node:path';
import type {
  BlobReader,
  BlobStore,
  ByteRange,
  ByteSource,
  ExpectedBytes,
  PartPosition,
  PhysicalKey,
  StoredBlob,
  StoredPart,
  UploadKey,
} from '../../../ports/blob-store.ts';
import { checkAnnounced, checkExpected } from '../check-expected.ts';
import { type IntakeResources, sharedIntakeResources } from '../intake/intake-resources.ts';
import { DirectWrites } from './direct-file.ts';
import { DurableFolders } from './durable-folder.ts';
import { openFileBlob } from './file-blob-reader.ts';
import { errnoOf, type FileOperations, nodeFileOperations } from './file-operations.ts';
import { FolderLayout } from './folder-layout.ts';
import { GrowingFile } from './growing-file.ts';
import { publishFile } from './publish-file.ts';
import { receiveBody } from './receive-body.ts';
import type { StoreContext } from './store-context.ts';
import { SyncLanes } from './sync-lanes.ts';
import { UploadFolders } from './upload-folders.ts';
import { WriteGuard } from './write-guard.ts';

export interface FileSystemBlobStoreOptions {
  /** A folder that this store alone writes to; it is made if it is not there. */
  root: string;
  /** Writes are refused when less would stay free. Default 256 MiB; 0 switches the check off. */
  minFreeBytes?: number;
  /** How many syncs may block a thread of libuv's pool at a time. Default 3. */
  syncLanes?: number;
  operations?: FileOperations;
  resources?: IntakeResources;
}

/** Temporary files being written by any store of this process, so that cleaning up leaves them alone. */
const running = new Set<string>();

/**
 * Blobs as files of one folder. A write goes to a temporary file first and is given its final, never used name only
 * when its size and hashes are right and its bytes are on the disk; the name is on the disk before the write is
 * acknowledged. So whatever has a final name is whole, also after a power cut.
 */
export class FileSystemBlobStore implements BlobStore {
  readonly name = 'file-system';
  readonly #context: StoreContext;
  readonly #uploads: UploadFolders;
  #prepared: Promise<void> | undefined;

  constructor(options: FileSystemBlobStoreOptions) {
    const operations = options.operations ?? nodeFileOperations;
    const guard = new WriteGuard(operations, options.root, options.minFreeBytes ?? 256 << 20);
    const durable = { operations, guard, lanes: new SyncLanes(options.syncLanes ?? 3), direct: new DirectWrites() };
    this.#context = {
      ...durable,
      layout: new FolderLayout(options.root),
      folders: new DurableFolders(durable),
      resources: options.resources ?? sharedIntakeResources(),
    };
    this.#uploads = new UploadFolders(this.#context);
  }

  async checkWritable(): Promise<void> {
    await this.#prepare();
    const { guard, layout } = this.#context;
    await guard.check();
    const path = layout.newTempPath();
    try {
      await this.#inTempFile(path, async file => {
        await file.write(Buffer.from('writable'), 0);
        await file.sync();
      });
    } finally {
      await this.#removeTemp(path);
    }
  }

  async write(source: ByteSource, expected: ExpectedBytes): Promise<StoredBlob> {
    checkAnnounced(expected);
    await this.#prepare();
    const { guard, layout, resources } = this.#context;
    await guard.check(expected.size);
    const path = layout.newTempPath();
    try {
      const stored = await this.#inTempFile(path, async file => {
        const { size, digests } = await receiveBody(resources, file, source, {
          position: 0,
          expected,
          algorithms: ['md5', 'sha256'],
        });
        const { md5 = '', sha256 = '' } = digests;
        checkExpected(expected, { size, md5, sha256 });
        await file.sync();
        return { key: layout.newBlobKey(sha256), size, md5, sha256 };
      });
      await publishFile(this.#context, path, stored);
      return stored;
    } catch (error) {
      await this.#removeTemp(path);
      throw guard.failure(error);
    } finally {
      running.delete(path);
    }
  }

  async read(key: PhysicalKey, range?: ByteRange): Promise<BlobReader> {
    const { operations, layout, direct } = this.#context;
    return openFileBlob(operations, { path: layout.blobPath(key), unread: direct.unread.of(key) }, range);
  }

  async stat(key: PhysicalKey): Promise<{ size: number } | undefined> {
    try {
      const reader = await this.read(key);
      reader.stream.destroy();
      return { size: reader.size };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  async delete(key: PhysicalKey): Promise<void> {
    const { operations, layout, direct } = this.#context;
    if (!layout.isBlobKey(key)) return;
    direct.unread.delete(key);
    // Not synced: a name that a power cut brings back is an orphan, which a check of the store finds.
    await operations.unlink(layout.blobPath(key)).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
  }

  openUpload(): Promise<UploadKey> {
    return this.#prepare().then(() => this.#uploads.open());
  }

  append(upload: UploadKey, offset: number, source: ByteSource, maxBytes?: number): Promise<number> {
    return this.#prepare().then(() => this.#uploads.append(upload, offset, source, maxBytes));
  }

  uploadOffset(upload: UploadKey): Promise<number> {
    return this.#uploads.offset(upload);
  }

  writePart(upload: UploadKey, part: PartPosition, source: ByteSource, expected: ExpectedBytes): Promise<StoredPart> {
    return this.#prepare().then(() => this.#uploads.writePart(upload, part, source, expected));
  }

  finishUpload(upload: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    return this.#prepare().then(() => this.#uploads.finish(upload, expected, partCount));
  }

  abortUpload(upload: UploadKey): Promise<void> {
    return this.#uploads.abort(upload);
  }

  async removeLeftovers(): Promise<void> {
    await this.#prepare();
    const { operations, layout } = this.#context;
    for (const name of await operations.list(layout.temp)) {
      const path = join(layout.temp, name);
      if (!running.has(path)) await operations.removeFolder(path);
    }
    await this.#uploads.removeAbandoned();
  }

  async close(): Promise<void> {
    await this.#uploads.close();
  }

  #prepare(): Promise<void> {
    if (this.#prepared === undefined) {
      const { layout, folders } = this.#context;
      this.#prepared = folders
        .make(layout.root)
        .then(() => Promise.all([layout.blobs, layout.temp, layout.uploads].map(folder => folders.make(folder))))
        .then(() => {});
      // The next call tries again: the folder may have been unmounted for a moment.
      this.#prepared.catch(() => {
        this.#prepared = undefined;
      });
    }
    return this.#prepared;
  }

  async #inTempFile<T>(path: string, work: (file: GrowingFile) => Promise<T>): Promise<T> {
    running.add(path);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const { operations, guard } = this.#context;
    const handle = await operations.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch(error => {
      throw guard.failure(error);
    });
    const file = new GrowingFile(this.#context, handle, { path });
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  }

  async #removeTemp(path: string): Promise<void> {
    await this.#context.operations.unlink(path).catch(() => {});
    running.delete(path);
  }
}

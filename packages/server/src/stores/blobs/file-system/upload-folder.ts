import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { ByteSource, ExpectedBytes, PartPosition, StoredBlob, StoredPart } from '../../../ports/blob-store.ts';
import { checkExpected, tooLarge } from '../check-expected.ts';
import { ByteIntake } from '../intake/byte-intake.ts';
import { checkWhole } from '../upload-parts.ts';
import { errnoOf } from './file-operations.ts';
import { unknownUpload } from './folder-layout.ts';
import { GrowingFile } from './growing-file.ts';
import { PartFile } from './part-file.ts';
import { PrefixHash } from './prefix-hash.ts';
import { publishFile } from './publish-file.ts';
import type { StoreContext } from './store-context.ts';
import { UploadRecord } from './upload-record.ts';

/**
 * One unfinished upload: a data file that is appended to or filled part by part, the record of what is certain about
 * it, and the hash that follows behind.
 */
export class UploadFolder {
  abandoned = false;
  readonly #context: StoreContext;
  readonly #folder: string;
  readonly #record: UploadRecord;
  readonly #hash: PrefixHash;
  readonly #parts: PartFile;
  #users = 0;
  #appending = false;
  #finishing: Promise<StoredBlob> | undefined;

  private constructor(context: StoreContext, folder: string, record: UploadRecord) {
    this.#context = context;
    this.#folder = folder;
    this.#record = record;
    this.#hash = new PrefixHash(context, this.#data);
    this.#parts = new PartFile(context, folder, record, this.#hash);
  }

  static async load(context: StoreContext, folder: string): Promise<UploadFolder> {
    return new UploadFolder(context, folder, await UploadRecord.load(context, join(folder, 'record')));
  }

  get offset(): number {
    return this.#record.finished?.size ?? this.#record.offset;
  }

  get busy(): boolean {
    return this.#users > 0;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async use<T>(work: (upload: this) => Promise<T>): Promise<T> {
    if (this.abandoned) throw unknownUpload();
    this.#users++;
    try {
      return await work(this);
    } catch (error) {
      if (this.abandoned) throw unknownUpload(error);
      throw error;
    } finally {
      this.#users--;
    }
  }

  async append(offset: number, source: ByteSource, maxBytes = Number.POSITIVE_INFINITY): Promise<number> {
    if (this.#appending || this.#finishing !== undefined || this.#record.finished !== undefined) throw busy();
    if (this.#record.partCount !== undefined) throw mixed();
    if (offset !== this.#record.offset) {
      throw new RegistryError('UPLOAD_OFFSET_MISMATCH', `Go on at byte ${this.#record.offset}.`, {
        details: { offset: this.#record.offset },
      });
    }
    this.#appending = true;
    try {
      await this.#context.guard.check();
      await this.#receive(offset, source, maxBytes);
      return this.#record.offset;
    } finally {
      this.#appending = false;
    }
  }

  async writePart(part: PartPosition, source: ByteSource, expected: ExpectedBytes): Promise<StoredPart> {
    if (this.#finishing !== undefined || this.#record.finished !== undefined) throw busy();
    if (this.#appending || this.#record.offset > 0) throw mixed();
    await this.#context.guard.check(expected.size);
    return this.#parts.write(part, source, expected, () => {
      if (this.abandoned) throw unknownUpload();
      if (this.#finishing !== undefined || this.#record.finished !== undefined) throw busy();
    });
  }

  async finish(expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    if (this.#appending) throw busy();
    this.#finishing ??= this.#finish(expected, partCount).finally(() => {
      this.#finishing = undefined;
    });
    const stored = await this.#finishing;
    checkExpected(expected, stored);
    return stored;
  }

  /** Lets go of the running hashes. */
  drop(): void {
    this.#hash.drop();
  }

  /** From now on everything about this upload fails; requests that run notice when they record their bytes. */
  async abandon(): Promise<void> {
    this.abandoned = true;
    await this.#finishing?.catch(() => {});
    this.drop();
  }

  async #receive(offset: number, source: ByteSource, maxBytes: number): Promise<void> {
    const handle = await this.#openData(constants.O_WRONLY);
    const file = new GrowingFile(this.#context, handle, {
      path: this.#data,
      start: offset,
      onDurable: async end => {
        if (end > this.#record.offset) await this.#record.add({ offset: end });
        this.#hash.advance(end);
      },
    });
    try {
      // What a crash left beyond the certain bytes.
      await handle.truncate(offset);
      const intake = new ByteIntake(this.#context.resources, {
        position: offset,
        limit: maxBytes - offset,
        overflow: () => tooLarge(maxBytes),
        store: async (slot, position) => {
          const hashed = this.#hash.feed(slot, position);
          // Both must have let go of the slot before it is filled anew.
          const [written, fed] = await Promise.allSettled([file.writeSlot(slot, position), hashed]);
          if (written.status === 'rejected') throw written.reason;
          if (fed.status === 'rejected') throw fed.reason;
          if (hashed === undefined) this.#hash.advance(file.written);
        },
      });
      let failure: unknown;
      try {
        const small = await intake.run(source);
        if (small !== undefined) await file.write(small.bytes, offset).finally(() => small.release());
      } catch (error) {
        failure = error;
      }
      if (file.written > this.#record.offset) {
        await file.sync();
        await this.#record.add({ offset: file.written });
        this.#hash.advance(file.written);
      }
      if (failure !== undefined) throw failure;
    } catch (error) {
      // Bytes beyond the certain ones may be hashed already, and will be sent again, perhaps different.
      if (this.#hash.ready > this.#record.offset) this.#hash.restart(this.#record.offset);
      throw this.#context.guard.failure(error);
    } finally {
      await file.close();
    }
  }

  async #finish(expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    const { guard, layout, operations } = this.#context;
    const known = this.#record.finished;
    if (known !== undefined) return this.#finishAgain(known);
    await guard.check();
    const byParts = partCount !== undefined || this.#record.partCount !== undefined;
    const size = byParts ? await this.#parts.complete(partCount) : this.#record.offset;
    checkExpected(expected, { size });
    const { md5, sha256 } = await this.#hash.finish(size);
    await checkWhole(expected, { size, md5, sha256 }, () => this.#parts.findWrong());
    const handle = await this.#openData(constants.O_WRONLY);
    const file = new GrowingFile(this.#context, handle, { path: this.#data });
    try {
      await handle.truncate(size);
      await file.sync();
    } finally {
      await file.close();
    }
    const stored = { key: layout.newBlobKey(sha256), size, md5, sha256 };
    // Recorded before the file moves: a crash in between is then finished by the next call.
    await this.#record.add({ finished: stored });
    if (this.abandoned) throw unknownUpload();
    await publishFile(this.#context, this.#data, stored).catch(error => {
      throw guard.failure(error);
    });
    await this.#parts.removeSideFiles(operations);
    return stored;
  }

  /** The record says that all bytes were verified and synced; only the move may be missing. */
  async #finishAgain(stored: StoredBlob): Promise<StoredBlob> {
    const { layout, operations, guard } = this.#context;
    const final = await operations.open(layout.blobPath(stored.key), constants.O_RDONLY).catch(() => undefined);
    if (final !== undefined) {
      await final.close();
      return stored;
    }
    try {
      await publishFile(this.#context, this.#data, stored);
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? unknownUpload(error) : guard.failure(error);
    }
    return stored;
  }

  async #openData(flags: number): Promise<FileHandle> {
    try {
      return await this.#context.operations.open(this.#data, flags | constants.O_NOFOLLOW);
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? unknownUpload(error) : this.#context.guard.failure(error);
    }
  }
}

function busy(): RegistryError {
  return new RegistryError('UPLOAD_BUSY', 'Another request is working on this upload; wait for it, then go on.');
}

function mixed(): RegistryError {
  return new RegistryError('CONFLICT', 'An upload is either appended to or sent in parts; open another one.');
}

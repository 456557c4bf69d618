import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { RegistryError } from '../../../domain/registry-error.ts';
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
import { checkAnnounced, checkExpected, limitOf, tooLarge } from '../check-expected.ts';
import { digestsOf } from '../intake/running-digests.ts';
import { checkPartPosition, checkPartSizes, checkWhole, incompleteUpload } from '../upload-parts.ts';
import { collectBytes } from './collect-bytes.ts';

interface MemoryUpload {
  bytes: Buffer;
  busy: boolean;
  parts: Map<number, MemoryPart>;
  finished?: StoredBlob;
}

interface MemoryPart {
  bytes: Buffer;
  /** as announced, where it was */
  md5: string;
}

/** Blobs in memory: the reference for what the others must do, and the store of fast tests. */
export class MemoryBlobStore implements BlobStore {
  readonly name = 'memory';
  readonly #blobs = new Map<PhysicalKey, Buffer>();
  readonly #uploads = new Map<UploadKey, MemoryUpload>();

  /** Keys of all blobs and uploads. */
  keys(): string[] {
    return [...this.#blobs.keys(), ...this.#uploads.keys()];
  }

  async checkWritable(): Promise<void> {}

  async write(source: ByteSource, expected: ExpectedBytes): Promise<StoredBlob> {
    checkAnnounced(expected);
    const { limit, overflow } = limitOf(expected);
    const { bytes, failure } = await collectBytes(source, limit, overflow);
    if (failure !== undefined) throw failure;
    return this.#keep(bytes, expected);
  }

  async read(key: PhysicalKey, range?: ByteRange): Promise<BlobReader> {
    const bytes = this.#blobs.get(key);
    if (bytes === undefined) throw new RegistryError('NOT_FOUND', 'There are no bytes under this key.');
    const { start, end } = range ?? { start: 0, end: bytes.length - 1 };
    if (range !== undefined && (start < 0 || end < start || end >= bytes.length)) {
      throw new RangeError(`bytes ${start} to ${end} are not within a blob of ${bytes.length}`);
    }
    const slice = bytes.subarray(start, end + 1);
    const stream = Readable.from(slice.length === 0 ? [] : [slice], { objectMode: false });
    return { size: bytes.length, length: slice.length, stream };
  }

  async stat(key: PhysicalKey): Promise<{ size: number } | undefined> {
    const bytes = this.#blobs.get(key);
    return bytes === undefined ? undefined : { size: bytes.length };
  }

  async delete(key: PhysicalKey): Promise<void> {
    this.#blobs.delete(key);
  }

  async openUpload(): Promise<UploadKey> {
    const key = randomUUID();
    this.#uploads.set(key, { bytes: Buffer.alloc(0), busy: false, parts: new Map() });
    return key;
  }

  async append(key: UploadKey, offset: number, source: ByteSource, maxBytes?: number): Promise<number> {
    const upload = this.#upload(key);
    if (upload.busy || upload.finished !== undefined) {
      throw new RegistryError('UPLOAD_BUSY', 'Another request is writing to this upload; wait for it, then resume.');
    }
    if (offset !== upload.bytes.length) {
      throw new RegistryError('UPLOAD_OFFSET_MISMATCH', `Go on at byte ${upload.bytes.length}.`, {
        details: { offset: upload.bytes.length },
      });
    }
    const max = maxBytes ?? Number.POSITIVE_INFINITY;
    upload.busy = true;
    try {
      const { bytes, failure } = await collectBytes(source, max - offset, () => tooLarge(max));
      upload.bytes = Buffer.concat([upload.bytes, bytes]);
      if (failure !== undefined) throw failure;
      return upload.bytes.length;
    } finally {
      upload.busy = false;
    }
  }

  async uploadOffset(key: UploadKey): Promise<number> {
    return this.#upload(key).bytes.length;
  }

  async writePart(
    key: UploadKey,
    part: PartPosition,
    source: ByteSource,
    expected: ExpectedBytes,
  ): Promise<StoredPart> {
    checkPartPosition(part);
    checkAnnounced(expected);
    const upload = this.#upload(key);
    const { limit, overflow } = limitOf(expected);
    const { bytes, failure } = await collectBytes(source, limit, overflow);
    if (failure !== undefined) throw failure;
    checkExpected(
      { size: expected.size, sha256: expected.sha256 },
      { size: bytes.length, ...digestsOf([bytes], ['sha256']) },
    );
    const md5 = expected.md5 ?? md5Of(bytes);
    if (this.#upload(key).finished === undefined) upload.parts.set(part.number, { bytes, md5 });
    return { size: bytes.length, md5 };
  }

  async finishUpload(key: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    const upload = this.#upload(key);
    if (upload.finished !== undefined && this.#blobs.has(upload.finished.key)) {
      checkExpected(expected, upload.finished);
      return upload.finished;
    }
    if (upload.busy) throw new RegistryError('UPLOAD_BUSY', 'Another request is writing to this upload; wait for it.');
    const bytes = partCount === undefined ? upload.bytes : joinParts(upload.parts, partCount);
    if (partCount !== undefined) {
      const { md5 = '', sha256 = '' } = digestsOf([bytes], ['md5', 'sha256']);
      await checkWhole(expected, { size: bytes.length, md5, sha256 }, async () => wrongOf(upload.parts));
    }
    // Another caller may have been faster while the parts were looked at.
    if (upload.finished !== undefined) return upload.finished;
    upload.finished = this.#keep(bytes, expected);
    upload.bytes = Buffer.alloc(0);
    upload.parts.clear();
    return upload.finished;
  }

  async abortUpload(key: UploadKey): Promise<void> {
    this.#uploads.delete(key);
  }

  async removeLeftovers(): Promise<void> {}

  async close(): Promise<void> {}

  #upload(key: UploadKey): MemoryUpload {
    const upload = this.#uploads.get(key);
    if (upload === undefined) throw new RegistryError('NOT_FOUND', 'There is no such upload; open a new one.');
    return upload;
  }

  #keep(bytes: Buffer, expected: ExpectedBytes): StoredBlob {
    const { md5 = '', sha256 = '' } = digestsOf([bytes], ['md5', 'sha256']);
    checkExpected(expected, { size: bytes.length, md5, sha256 });
    const key = `${sha256}.${randomUUID()}`;
    this.#blobs.set(key, bytes);
    return { key, size: bytes.length, md5, sha256 };
  }
}

function joinParts(parts: Map<number, MemoryPart>, count: number): Buffer {
  const missing: number[] = [];
  const all: Buffer[] = [];
  for (let number = 1; number <= count; number++) {
    const part = parts.get(number);
    if (part === undefined) missing.push(number);
    else all.push(part.bytes);
  }
  if (missing.length > 0) throw incompleteUpload(missing);
  checkPartSizes(all.map(part => part.length));
  return Buffer.concat(all);
}

function wrongOf(parts: Map<number, MemoryPart>): number[] {
  const wrong = [...parts].filter(([, { bytes, md5 }]) => md5Of(bytes) !== md5);
  return wrong.map(([number]) => number).toSorted((a, b) => a - b);
}

function md5Of(bytes: Buffer): string {
  return digestsOf([bytes], ['md5']).md5 ?? '';
}

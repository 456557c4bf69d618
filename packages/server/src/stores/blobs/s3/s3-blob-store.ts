import type {
  BlobReader,
  BlobStore,
  ByteRange,
  ByteSource,
  ExpectedBytes,
  PartPosition,
  PhysicalKey,
  PresignedTransfer,
  StoredBlob,
  StoredPart,
  UploadKey,
} from '../../../ports/blob-store.ts';
import { checkAnnounced } from '../check-expected.ts';
import { sharedIntakeResources } from '../intake/intake-resources.ts';
import { isLandingKey, multipartOf, newBlobKey, objectOf, randomName, unknownBlob } from './object-layout.ts';
import { PresignedS3Transfer } from './presigned-s3-transfer.ts';
import { readObject } from './read-object.ts';
import { receiveObject } from './receive-object.ts';
import { S3Client } from './s3-client.ts';
import type { S3Context } from './s3-context.ts';
import { bytesBody, S3Objects } from './s3-objects.ts';
import type { S3Options } from './s3-options.ts';
import { S3Uploads } from './s3-uploads.ts';
import { ScratchFolder } from './scratch-folder.ts';

/** Past the seven days that an upload may rest, and a day for those who hold an address. */
const abandonedAfterMs = 8 * 24 * 3_600_000;

/** Blobs as objects of one bucket, below a prefix that this installation alone writes to. */
export class S3BlobStore implements BlobStore {
  readonly name = 's3';
  readonly presigned: PresignedTransfer;
  readonly #client: S3Client;
  readonly #context: S3Context;
  readonly #uploads: S3Uploads;

  constructor(options: S3Options) {
    this.#client = new S3Client(options);
    this.#context = {
      objects: new S3Objects(this.#client),
      scratch: new ScratchFolder(options.scratchFolder),
      resources: options.resources ?? sharedIntakeResources(),
    };
    this.#uploads = new S3Uploads(this.#context);
    this.presigned = new PresignedS3Transfer(this.#context);
  }

  async checkWritable(): Promise<void> {
    const key = `probe/${randomName()}`;
    await this.#context.objects.put(key, bytesBody(Buffer.from('writable')));
    await this.#context.objects.delete(key);
  }

  async write(source: ByteSource, expected: ExpectedBytes): Promise<StoredBlob> {
    checkAnnounced(expected);
    const key = newBlobKey();
    const { size, digests } = await receiveObject(this.#context, objectOf(key) ?? '', source, expected, {
      algorithms: ['md5', 'sha256'],
    });
    const { md5 = '', sha256 = '' } = digests;
    return { key, size, md5, sha256 };
  }

  async read(key: PhysicalKey, range?: ByteRange): Promise<BlobReader> {
    const object = objectOf(key);
    const reader = object === undefined ? undefined : await readObject(this.#context.objects, object, range);
    if (reader === undefined) throw unknownBlob();
    return reader;
  }

  async stat(key: PhysicalKey): Promise<{ size: number } | undefined> {
    const object = objectOf(key);
    const found = object === undefined ? undefined : await this.#context.objects.head(object);
    return found && { size: found.size };
  }

  async delete(key: PhysicalKey): Promise<void> {
    const object = objectOf(key);
    if (object !== undefined) await this.#context.objects.delete(object);
  }

  openUpload(): Promise<UploadKey> {
    return this.#uploads.open();
  }

  append(upload: UploadKey, offset: number, source: ByteSource, maxBytes?: number): Promise<number> {
    return this.#uploads.append(upload, offset, source, maxBytes);
  }

  uploadOffset(upload: UploadKey): Promise<number> {
    return this.#uploads.offset(upload);
  }

  writePart(upload: UploadKey, part: PartPosition, source: ByteSource, expected: ExpectedBytes): Promise<StoredPart> {
    return this.#uploads.writePart(upload, part, source, expected);
  }

  finishUpload(upload: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    return this.#uploads.finish(upload, expected, partCount);
  }

  async abortUpload(upload: UploadKey): Promise<void> {
    const { objects } = this.#context;
    const multipart = multipartOf(upload);
    if (multipart !== undefined) await objects.abortMultipart(multipart.object, multipart.id);
    else if (isLandingKey(upload)) await objects.delete(upload);
    else await this.#uploads.abort(upload);
  }

  /** By age: other servers may be writing what looks abandoned from here. */
  async removeLeftovers(): Promise<void> {
    const { objects } = this.#context;
    const before = Date.now() - abandonedAfterMs;
    for await (const { key, id, begun } of objects.listMultiparts()) {
      if (begun < before) await objects.abortMultipart(key, id);
    }
    await this.#uploads.removeOlderThan(before);
  }

  async close(): Promise<void> {
    this.#client.close();
  }
}

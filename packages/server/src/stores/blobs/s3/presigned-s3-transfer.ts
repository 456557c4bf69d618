import { Readable } from 'node:stream';
import { RegistryError } from '../../../domain/registry-error.ts';
import type {
  DirectBlob,
  DirectBytes,
  DirectTarget,
  DownloadAddress,
  PhysicalKey,
  PresignedTransfer,
  StoredBlob,
  UploadKey,
} from '../../../ports/blob-store.ts';
import { checkExpected } from '../check-expected.ts';
import { digestStream } from '../intake/digest-stream.ts';
import type { Digests } from '../intake/running-digests.ts';
import { incompleteUpload } from '../upload-parts.ts';
import {
  isLandingKey,
  multipartKey,
  multipartOf,
  newBlobKey,
  newLandingKey,
  objectOf,
  unknownBlob,
  unknownUpload,
} from './object-layout.ts';
import { readObjects } from './read-object.ts';
import type { S3Context } from './s3-context.ts';

const md5Pattern = /^[0-9a-f]{32}$/;

/**
 * Addresses signed with our key. The MD5 is part of the signature, so the storage refuses other bytes, but an address for a
 * whole stays valid after its use, and MD5s can be made to collide: what came so lies under a key of its own until it is
 * copied to its final one (`settle`). Parts need no copy: when they are joined, their addresses are worth nothing.
 */
export class PresignedS3Transfer implements PresignedTransfer {
  readonly #context: S3Context;

  constructor(context: S3Context) {
    this.#context = context;
  }

  async downloadUrl(key: PhysicalKey, address: DownloadAddress): Promise<string> {
    const query = {
      'response-content-disposition': address.contentDisposition,
      'response-content-type': address.contentType,
    };
    const { expiresInSeconds } = address;
    return this.#context.objects.client.presign({ method: 'GET', key: requireObject(key), query, expiresInSeconds });
  }

  async openUpload(partCount?: number): Promise<UploadKey> {
    if (partCount === undefined) return newLandingKey();
    const blob = newBlobKey();
    return multipartKey(blob, await this.#context.objects.createMultipart(requireObject(blob)));
  }

  isDirect(upload: UploadKey): boolean {
    return isLandingKey(upload) || multipartOf(upload) !== undefined;
  }

  async uploadTarget(upload: UploadKey, promise: { md5: string; expiresInSeconds: number }): Promise<DirectTarget> {
    if (!isLandingKey(upload)) throw unknownUpload();
    return this.#target(upload, promise);
  }

  async partTarget(
    upload: UploadKey,
    part: number,
    promise: { md5: string; expiresInSeconds: number },
  ): Promise<DirectTarget> {
    const { object, id } = requireMultipart(upload);
    return this.#target(object, promise, { partNumber: String(part), uploadId: id });
  }

  async findWhole(key: UploadKey, { md5, size }: DirectBytes): Promise<DirectBlob | undefined> {
    if (!isLandingKey(key)) throw unknownUpload();
    const { objects } = this.#context;
    const found = await objects.head(key);
    if (found === undefined) return undefined;
    // Of an encrypted object the ETag may be anything: then the bytes themselves have to tell.
    const actual = found.etag === md5 ? { md5 } : await this.#hash(key, found.size);
    await this.#require({ md5, size }, { size: found.size, ...actual }, key);
    return { key, size: found.size, md5 };
  }

  /** The MD5s of parts say nothing about that of the whole, so it is read; its SHA-256 is then known at once. */
  async joinParts(upload: UploadKey, expected: DirectBytes, partMd5s: readonly string[]): Promise<StoredBlob> {
    const { objects } = this.#context;
    const { blob, object, id } = requireMultipart(upload);
    const parts = await objects.listParts(object, id);
    if (parts !== undefined) {
      const byNumber = new Map(parts.map(part => [part.number, part]));
      const missing = partMd5s.flatMap((_, i) => (byNumber.has(i + 1) ? [] : [i + 1]));
      if (missing.length > 0) throw incompleteUpload(missing);
      const sent = partMd5s.map((_, i) => byNumber.get(i + 1)?.etag ?? '');
      const wrong = sent.flatMap((etag, i) => (md5Pattern.test(etag) && etag !== partMd5s[i] ? [i + 1] : []));
      // An MD5 that differs may be no MD5: it only counts where all others are.
      if (wrong.length > 0 && wrong.length < sent.length) throw wrongParts(wrong);
      const size = parts.reduce((sum, part) => sum + part.size, 0);
      checkExpected({ size: expected.size }, { size });
      await objects.completeMultipart(object, id, sent, size);
    }
    const found = await objects.head(object);
    if (found === undefined) throw unknownUpload();
    const { md5 = '', sha256 = '' } = await this.#hash(object, found.size);
    await this.#require(expected, { size: found.size, md5 }, object);
    return { key: blob, size: found.size, md5, sha256 };
  }

  async settle(key: PhysicalKey, size: number): Promise<StoredBlob> {
    const { objects } = this.#context;
    const from = requireObject(key);
    const settled = isLandingKey(key) ? newBlobKey() : key;
    const to = requireObject(settled);
    const isThere = to === from ? (await objects.head(from)) !== undefined : await objects.copy(from, to);
    if (!isThere) throw unknownBlob();
    try {
      const { md5 = '', sha256 = '' } = await this.#hash(to, size);
      return { key: settled, size, md5, sha256 };
    } catch (error) {
      if (to !== from) await objects.delete(to).catch(() => {});
      throw error;
    }
  }

  async #target(
    key: string,
    { md5, expiresInSeconds }: { md5: string; expiresInSeconds: number },
    query?: Record<string, string>,
  ): Promise<DirectTarget> {
    const headers = { 'content-md5': Buffer.from(md5, 'hex').toString('base64') };
    const url = await this.#context.objects.client.presign({ method: 'PUT', key, query, headers, expiresInSeconds });
    return { url, headers };
  }

  /** What is not as promised is of no use to anybody. */
  async #require(
    expected: { md5: string; size?: number },
    actual: { size: number; md5?: string },
    object: string,
  ): Promise<void> {
    try {
      checkExpected(expected, actual);
    } catch (error) {
      await this.#context.objects.delete(object);
      throw error;
    }
  }

  async #hash(key: string, size: number): Promise<Digests> {
    const { objects, resources } = this.#context;
    const source = Readable.from(readObjects(objects, [{ key, size }]), { objectMode: false });
    return (await digestStream(resources, source, ['md5', 'sha256'])).digests;
  }
}

function requireObject(key: PhysicalKey): string {
  const object = objectOf(key);
  if (object === undefined) throw unknownBlob();
  return object;
}

function requireMultipart(upload: UploadKey) {
  const multipart = multipartOf(upload);
  if (multipart === undefined) throw unknownUpload();
  return multipart;
}

function wrongParts(numbers: readonly number[]): RegistryError {
  const first = numbers.slice(0, 20);
  return new RegistryError(
    'DIGEST_MISMATCH',
    `The bytes of these parts have another md5 than was announced: ${first.join(', ')}. Send them again, then finish.`,
    { details: { algorithm: 'md5', parts: first, partCount: numbers.length } },
  );
}

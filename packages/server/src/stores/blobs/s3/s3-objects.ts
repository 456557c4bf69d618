import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ByteRange } from '../../../ports/blob-store.ts';
import type { RequestBody, S3Client } from './s3-client.ts';
import { S3Refusal, storageFailure } from './s3-error.ts';
import { elements, escaped, text } from './s3-xml.ts';

export interface ObjectFacts {
  /** bytes */
  size: number;
  /** As the storage gives it, without quotes: of some objects the MD5, of others anything. */
  etag: string;
}

export interface ListedObject {
  /** below the prefix */
  key: string;
  /** bytes */
  size: number;
  /** milliseconds since 1970, by the storage's clock */
  modified: number;
}

/** A part of a multipart upload as the storage has it. The ETag goes back to it as it came. */
export interface ListedPart extends ObjectFacts {
  number: number;
}

const xmlType = { 'content-type': 'application/xml' };

/** The requests of S3 that we use, and no others. Keys are below the prefix. */
export class S3Objects {
  readonly client: S3Client;

  constructor(client: S3Client) {
    this.client = client;
  }

  async put(key: string, body: RequestBody, md5?: string): Promise<void> {
    const headers: Record<string, string> =
      md5 === undefined ? {} : { 'content-md5': Buffer.from(md5, 'hex').toString('base64') };
    await this.client.send({ method: 'PUT', key, body, headers });
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    const answer = await this.client.send({ method: 'HEAD', key, accept: [404] });
    if (answer.status === 404) return undefined;
    return { size: Number(answer.headers['content-length']), etag: unquoted(answer.headers.etag) };
  }

  /** @returns undefined where there is no such object; `RangeError` where the range is not within it */
  async get(key: string, range?: ByteRange): Promise<{ size: number; stream: Readable } | undefined> {
    const headers: Record<string, string> = range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` };
    const answer = await this.client.stream({ method: 'GET', key, headers, accept: [404, 416] });
    const { status, stream } = answer;
    if (status === 404 || status === 416) {
      stream.destroy();
      if (status === 404) return undefined;
      throw new RangeError(`bytes ${range?.start} to ${range?.end} are not within the object`);
    }
    if (range === undefined) return { size: Number(answer.headers['content-length']), stream };
    const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? [];
    if (Number(start) === range.start && Number(end) === range.end) return { size: Number(size), stream };
    stream.destroy();
    if (status === 206) throw new RangeError(`bytes ${range.start} to ${range.end} are not within the object`);
    throw storageFailure(new Error('the storage answered a range with the whole'));
  }

  async delete(key: string): Promise<void> {
    await this.client.send({ method: 'DELETE', key, accept: [404] });
  }

  /** At most a thousand in one request. */
  async deleteAll(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += 1000) {
      const named = keys
        .slice(at, at + 1000)
        .map(key => `<Object><Key>${escaped(this.client.prefix + key)}</Key></Object>`);
      const bytes = Buffer.from(`<Delete><Quiet>true</Quiet>${named.join('')}</Delete>`);
      const md5 = createHash('md5').update(bytes).digest('base64');
      const headers = { ...xmlType, 'content-md5': md5 };
      const { body } = await this.client.send({
        method: 'POST',
        query: { delete: '' },
        headers,
        body: bytesBody(bytes),
      });
      const [error] = elements(body, 'Error');
      if (error !== undefined) throw storageFailure(new S3Refusal(200, text(error, 'Code') ?? '', error, 'delete'));
    }
  }

  /** Objects whose keys begin so, in the order of their keys. */
  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const ours = this.client.prefix;
    let token: string | undefined;
    do {
      const query: Record<string, string> = { 'list-type': '2', prefix: ours + prefix };
      if (token !== undefined) query['continuation-token'] = token;
      const { body } = await this.client.send({ method: 'GET', query });
      for (const entry of elements(body, 'Contents')) {
        yield {
          key: (text(entry, 'Key') ?? '').slice(ours.length),
          size: Number(text(entry, 'Size')),
          modified: Date.parse(text(entry, 'LastModified') ?? ''),
        };
      }
      token = text(body, 'IsTruncated') === 'true' ? text(body, 'NextContinuationToken') : undefined;
    } while (token !== undefined);
  }

  /** @returns false where there is no object to copy */
  async copy(from: string, to: string): Promise<boolean> {
    const headers = { 'x-amz-copy-source': this.client.copySource(from) };
    const { status } = await this.client.send({ method: 'PUT', key: to, headers, accept: [404], mayFailLate: true });
    return status !== 404;
  }

  async createMultipart(key: string): Promise<string> {
    const { body } = await this.client.send({ method: 'POST', key, query: { uploads: '' } });
    const id = text(body, 'UploadId');
    if (id === undefined || id === '') throw storageFailure(new Error('the storage gave no upload id'));
    return id;
  }

  /** @returns the ETag, as it came */
  async putPart(key: string, id: string, number: number, body: RequestBody): Promise<string> {
    const query = { partNumber: String(number), uploadId: id };
    const { headers } = await this.client.send({ method: 'PUT', key, query, body });
    return headers.etag ?? '';
  }

  /** Makes an object, which may be in use, a part. @returns the ETag, or undefined where the storage cannot do it */
  async copyPart(key: string, id: string, number: number, from: string): Promise<string | undefined> {
    const query = { partNumber: String(number), uploadId: id };
    const headers = { 'x-amz-copy-source': this.client.copySource(from) };
    const request = { method: 'PUT', key, query, headers, accept: [501], mayFailLate: true } as const;
    const { status, body } = await this.client.send(request);
    return status === 501 ? undefined : (text(body, 'ETag') ?? '');
  }

  /** @returns undefined where there is no such upload (any more) */
  async listParts(key: string, id: string): Promise<ListedPart[] | undefined> {
    const parts: ListedPart[] = [];
    let marker: string | undefined;
    do {
      const query: Record<string, string> = { uploadId: id };
      if (marker !== undefined) query['part-number-marker'] = marker;
      const { status, body } = await this.client.send({ method: 'GET', key, query, accept: [404] });
      if (status === 404) return undefined;
      for (const part of elements(body, 'Part')) {
        parts.push({
          number: Number(text(part, 'PartNumber')),
          size: Number(text(part, 'Size')),
          etag: unquoted(text(part, 'ETag')),
        });
      }
      marker = text(body, 'IsTruncated') === 'true' ? text(body, 'NextPartNumberMarker') : undefined;
    } while (marker !== undefined);
    return parts;
  }

  /** Makes the parts one object of `size` bytes. Repeating it after an answer that was lost is success. */
  async completeMultipart(key: string, id: string, etags: readonly string[], size: number): Promise<void> {
    const parts = etags.map(
      (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(quoted(etag))}</ETag></Part>`,
    );
    const body = bytesBody(
      Buffer.from(
        `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`,
      ),
    );
    const query = { uploadId: id };
    await this.client.send({ method: 'POST', key, query, headers: xmlType, body, accept: [404], mayFailLate: true });
    // A lost answer leaves no upload behind but the object; the key is new, so it can be no other's.
    const found = await this.head(key);
    if (found?.size === size) return;
    throw storageFailure(new Error(`of ${size} bytes the storage has ${found?.size ?? 'none'} after completing`));
  }

  /** Frees the parts. Repeating it succeeds. */
  async abortMultipart(key: string, id: string): Promise<void> {
    await this.client.send({ method: 'DELETE', key, query: { uploadId: id }, accept: [404] });
  }

  /** Unfinished multipart uploads below our prefix. */
  async *listMultiparts(): AsyncGenerator<{ key: string; id: string; begun: number }> {
    const ours = this.client.prefix;
    let marker: { key: string; id: string } | undefined;
    do {
      const query: Record<string, string> = { uploads: '', prefix: ours };
      if (marker !== undefined) {
        query['key-marker'] = marker.key;
        query['upload-id-marker'] = marker.id;
      }
      const { body } = await this.client.send({ method: 'GET', query });
      for (const upload of elements(body, 'Upload')) {
        const key = text(upload, 'Key') ?? '';
        yield {
          key: key.slice(ours.length),
          id: text(upload, 'UploadId') ?? '',
          begun: Date.parse(text(upload, 'Initiated') ?? ''),
        };
      }
      marker =
        text(body, 'IsTruncated') === 'true'
          ? { key: text(body, 'NextKeyMarker') ?? '', id: text(body, 'NextUploadIdMarker') ?? '' }
          : undefined;
    } while (marker !== undefined);
  }
}

export function bytesBody(bytes: Uint8Array, sha256 = createHash('sha256').update(bytes).digest('hex')): RequestBody {
  return { length: bytes.length, sha256, open: () => bytes };
}

function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}

function quoted(etag: string): string {
  return `"${unquoted(etag)}"`;
}

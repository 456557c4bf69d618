import { createHash } from 'node:crypto';
import { RegistryError } from '../../../domain/registry-error.ts';
import { randomName } from './object-layout.ts';
import { S3Client } from './s3-client.ts';
import { S3Refusal, skewed } from './s3-error.ts';
import { bytesBody, S3Objects } from './s3-objects.ts';
import type { S3Options } from './s3-options.ts';

/** S3 refuses at fifteen minutes; addresses that were signed too early or too late fail before. */
const mostSkewMs = 5 * 60_000;
const bytes = Buffer.from('weighhouse');

/**
 * Tries everything the store will need: that the bucket answers, each right, each operation, the clocks.
 * @returns every problem at once, each one sentence for the operator
 */
export async function inspectS3(options: S3Options): Promise<string[]> {
  const client = new S3Client({ ...options, patience: { ...options.patience, attempts: 3 } });
  try {
    const { accessKeyId } = await options.credentials.current();
    return await new Inspection(options, accessKeyId, new S3Objects(client)).run();
  } finally {
    client.close();
  }
}

class Inspection {
  readonly #problems: string[] = [];
  readonly #options: S3Options;
  readonly #accessKeyId: string;
  readonly #objects: S3Objects;

  constructor(options: S3Options, accessKeyId: string, objects: S3Objects) {
    this.#options = options;
    this.#accessKeyId = accessKeyId;
    this.#objects = objects;
  }

  async run(): Promise<string[]> {
    const objects = this.#objects;
    const unreachable = await this.#reach();
    if (unreachable !== undefined) return [unreachable];
    const key = `probe/${randomName()}`;
    const copy = `${key}.copy`;
    const joined = `${key}.parts`;
    const put = await this.#try('write objects (s3:PutObject)', () => objects.put(key, bytesBody(bytes)));
    if (put) {
      await this.#try('read objects (s3:GetObject)', () => this.#read(key));
      await this.#try('see objects (HEAD, s3:GetObject)', () => objects.head(key));
      await this.#try('copy objects (s3:GetObject, s3:PutObject)', async () => {
        if (!(await objects.copy(key, copy))) throw new Error('it does not find what was just written');
      });
      await this.#try('list objects (s3:ListBucket)', () => this.#list(key));
      await this.#try('upload in parts (s3:PutObject, s3:ListMultipartUploadParts)', () => this.#parts(joined));
      if (this.#options.direct) await this.#checkMd5(`${key}.wrong`);
    }
    await this.#try('end and list unfinished uploads (s3:AbortMultipartUpload, s3:ListBucketMultipartUploads)', () =>
      this.#abort(joined),
    );
    await this.#try('delete objects (s3:DeleteObject)', async () => {
      await objects.delete(key);
      await objects.deleteAll([copy, joined, `${key}.wrong`]);
    });
    return this.#problems;
  }

  /** Why nothing else need be tried, if so. */
  async #reach(): Promise<string | undefined> {
    const { endpoint, bucket, region } = this.#options;
    const began = Date.now();
    try {
      const { headers } = await this.#objects.client.send({
        method: 'GET',
        query: { 'list-type': '2', 'max-keys': '1', prefix: this.#options.prefix },
      });
      this.#compareClocks(headers.date, began);
      return undefined;
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === undefined) return `${endpoint} does not answer: ${reasonIn(error)}. Check the endpoint.`;
      switch (refusal.code) {
        case 'NoSuchBucket':
          return `There is no bucket "${bucket}" at ${endpoint}. Make it, or name one that exists.`;
        case 'InvalidAccessKeyId':
          return `${endpoint} does not know the key ${this.#accessKeyId}. Check AWS_ACCESS_KEY_ID, or where else it comes from.`;
        case 'SignatureDoesNotMatch':
          return `${endpoint} refuses the signature of the key ${this.#accessKeyId}. Check AWS_SECRET_ACCESS_KEY and the region (${region}).`;
        case 'ExpiredToken':
        case 'InvalidToken':
          return `${endpoint} refuses AWS_SESSION_TOKEN (${refusal.code}). Get a new one.`;
        case 'AuthorizationHeaderMalformed':
        case 'PermanentRedirect':
          return `The bucket "${bucket}" is in another region than ${region}. Set region=… in WEIGHHOUSE_BLOBS.`;
        case skewed:
          return `The clock of this machine differs too much from that of ${endpoint}. Set it by NTP.`;
        case 'AccessDenied':
          // The other rights are worth knowing, too.
          return void this.#problems.push(this.#lacks('list objects (s3:ListBucket)'));
        default:
          return `${endpoint} refuses to list the bucket "${bucket}": ${refusal.message}.`;
      }
    }
  }

  #compareClocks(date: string | undefined, began: number): void {
    const theirs = Date.parse(date ?? '');
    const ours = (began + Date.now()) / 2;
    if (Number.isNaN(theirs) || Math.abs(theirs - ours) < mostSkewMs) return;
    const seconds = Math.round(Math.abs(theirs - ours) / 1000);
    this.#problems.push(
      `The clock of this machine differs by ${seconds} seconds from that of ${this.#options.endpoint}. Set it by NTP: signed addresses depend on it.`,
    );
  }

  async #try(what: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const refusal = refusalIn(error);
      const line =
        refusal?.status === 403
          ? this.#lacks(what)
          : `The bucket "${this.#options.bucket}" does not let us ${what}: ${refusal?.message ?? reasonIn(error)}.`;
      if (!this.#problems.includes(line)) this.#problems.push(line);
      return false;
    }
  }

  #lacks(what: string): string {
    const { bucket, prefix } = this.#options;
    return `The key ${this.#accessKeyId} may not ${what} below s3://${bucket}/${prefix}. Give it that right.`;
  }

  async #read(key: string): Promise<void> {
    const found = await this.#objects.get(key, { start: 1, end: 3 });
    if (found === undefined) throw new Error('what was just written cannot be read');
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.stream) chunks.push(chunk as Uint8Array);
    if (!Buffer.concat(chunks).equals(bytes.subarray(1, 4))) throw new Error('a range was answered with other bytes');
  }

  async #list(key: string): Promise<void> {
    for await (const found of this.#objects.list(key)) if (found.key === key) return;
    throw new Error('what was just written is not listed');
  }

  async #parts(key: string): Promise<void> {
    const objects = this.#objects;
    const id = await objects.createMultipart(key);
    const etag = await objects.putPart(key, id, 1, bytesBody(bytes));
    const parts = await objects.listParts(key, id);
    if (parts?.[0]?.size !== bytes.length) throw new Error('a part that was just written is not listed');
    await objects.completeMultipart(key, id, [etag], bytes.length);
  }

  async #abort(key: string): Promise<void> {
    const objects = this.#objects;
    const id = await objects.createMultipart(key);
    await objects.abortMultipart(key, id);
    for await (const upload of objects.listMultiparts()) {
      if (upload.id === id) throw new Error('an upload that was ended is still listed');
    }
  }

  /** The MD5 in the signature of an address is what binds it to its bytes. */
  async #checkMd5(key: string): Promise<void> {
    const wrong = createHash('md5').update('others').digest('hex');
    try {
      await this.#objects.put(key, bytesBody(bytes), wrong);
    } catch (error) {
      const status = refusalIn(error)?.status ?? 0;
      if (status >= 400 && status < 500) return;
    }
    this.#problems.push(
      `${this.#options.endpoint} takes bytes that have another MD5 than Content-MD5 says, so clients must not write to it directly. Set WEIGHHOUSE_TRANSFER=proxied.`,
    );
  }
}

function refusalIn(error: unknown): S3Refusal | undefined {
  const cause = error instanceof RegistryError ? error.cause : error;
  return cause instanceof S3Refusal ? cause : undefined;
}

function reasonIn(error: unknown): string {
  const cause = error instanceof RegistryError ? (error.cause ?? error) : error;
  const { code, message, errors } = cause as { code?: string; message?: string; errors?: Error[] };
  return message || errors?.[0]?.message || code || String(cause);
}

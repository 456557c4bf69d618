import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { S3Keys } from './s3-keys.ts';

/** A request to be signed, by its place in the storage. */
export interface Unsigned {
  method: string;
  url: StorageUrl;
  headers: Readonly<Record<string, string>>;
  /** by the storage's clock */
  date: Date;
}

/** An address whose path and query are escaped as they are signed: everything but letters, digits and `-._~`. */
export interface StorageUrl {
  /** `http:` or `https:`, a host and perhaps a port */
  origin: URL;
  /** escaped, from the first slash on */
  path: string;
  /** not escaped */
  query: Readonly<Record<string, string>>;
}

const bodyHash = 'x-amz-content-sha256';

/** Signs by AWS Signature Version 4. */
export class RequestSigner {
  readonly #region: string;
  #current: { keys: S3Keys; signer: SignatureV4 } | undefined;

  constructor(region: string) {
    this.#region = region;
  }

  /** @returns all headers to send; the SHA-256 of the body is among those that were given */
  async sign(keys: S3Keys, { method, url, headers, date }: Unsigned): Promise<Record<string, string>> {
    const signed = await this.#signer(keys).sign(toSign(method, url, headers), { signingDate: date });
    return signed.headers;
  }

  /** @returns an address that holds the signature, for whoever sends the same headers */
  async presign(keys: S3Keys, { method, url, headers, date }: Unsigned, expiresInSeconds: number): Promise<string> {
    const { query } = await this.#signer(keys).presign(
      toSign(method, url, { ...headers, [bodyHash]: 'UNSIGNED-PAYLOAD' }),
      {
        signingDate: date,
        expiresIn: expiresInSeconds,
        // it says what is signed, and is sent by nobody
        unhoistableHeaders: new Set([bodyHash]),
        unsignableHeaders: new Set([bodyHash]),
      },
    );
    return `${url.origin.origin}${pathOf({ ...url, query: query as Record<string, string> })}`;
  }

  #signer(keys: S3Keys): SignatureV4 {
    if (this.#current?.keys !== keys) {
      const { accessKeyId, secretAccessKey, sessionToken } = keys;
      const signer = new SignatureV4({
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
        region: this.#region,
        service: 's3',
        sha256: Sha256,
        uriEscapePath: false,
        applyChecksum: false,
      });
      this.#current = { keys, signer };
    }
    return this.#current.signer;
  }
}

/** Path and query as they are sent. */
export function pathOf({ path, query }: StorageUrl): string {
  const pairs = Object.entries(query).map(([name, value]) => `${escapedForS3(name)}=${escapedForS3(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

export function escapedForS3(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function toSign(method: string, { origin, path, query }: StorageUrl, headers: Readonly<Record<string, string>>) {
  return {
    method,
    protocol: origin.protocol,
    hostname: origin.hostname,
    path,
    query,
    headers: { ...headers, host: origin.host },
  };
}

/** Node's own, which needs no turn of another thread for a few hundred bytes. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toKey(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('each hash is used once');
  }
}

function toKey(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret;
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request can meet instead of its answer. */
export type Trouble =
  | 'error 500'
  | 'slow down'
  /** the connection ends before anything was done */
  | 'cut'
  /** everything was done, but nobody hears of it */
  | 'cut after success'
  /** half of the answer's body, then nothing */
  | 'truncated'
  /** 200, and an error in the body */
  | 'late error'
  /** nothing at all, until the other side gives up */
  | 'silence'
  /** half of the answer's body, then silence */
  | 'stalled'
  | 'not implemented'
  /** of these keys it knows nothing */
  | 'unknown key';

export interface Habits {
  /** ETags that are no MD5s, as of encrypted objects. */
  opaqueEtags?: boolean;
  /** Takes bytes whatever Content-MD5 says. */
  ignoresContentMd5?: boolean;
  /** How far its clock is ahead, in milliseconds; who signs by another is refused. */
  clockLead?: number;
  /** Answers these with AccessDenied. */
  denies?: (request: SeenRequest) => boolean;
}

export interface SeenRequest {
  method: string;
  /** below the bucket */
  key: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
}

interface Multipart {
  key: string;
  begun: Date;
  parts: Map<number, { bytes: Buffer; etag: string }>;
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

const mostSkewMs = 15 * 60_000;

/**
 * An S3 server in memory that keeps to the protocol as far as we use it, does not check signatures, and misbehaves on
 * command.
 */
export class MisbehavingS3 {
  readonly objects = new Map<string, { bytes: Buffer; etag: string; modified: Date }>();
  readonly multiparts = new Map<string, Multipart>();
  readonly seen: SeenRequest[] = [];
  habits: Habits = {};
  /** Asked for each request. */
  trouble: (request: SeenRequest) => Trouble | undefined = () => undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<MisbehavingS3> {
    const s3 = new MisbehavingS3();
    s3.#server.listen(0, '127.0.0.1');
    await once(s3.#server, 'listening');
    return s3;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  keys(): string[] {
    const unfinished = [...this.multiparts].map(([id, { key }]) => `${key}?uploadId=${id}`);
    return [...[...this.objects.keys()].sort(), ...unfinished];
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.endpoint);
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    const seen = { method: request.method ?? '', key, query: url.searchParams, headers: request.headers };
    this.seen.push(seen);
    const trouble = this.trouble(seen);
    if (trouble === 'cut') {
      request.socket.destroy();
      return;
    }
    const body = await readAll(request);
    if (trouble === 'silence') return;
    const answer = refusalOf(trouble) ?? this.#answer(seen, body);
    if (trouble === 'cut after success') {
      request.socket.destroy();
      return;
    }
    this.#send(response, seen, trouble === 'late error' ? lateError : answer, trouble);
  }

  #send(response: ServerResponse, { method }: SeenRequest, answer: Answer, trouble: Trouble | undefined): void {
    const body = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status, {
      date: new Date(this.#now()).toUTCString(),
      'content-length': String(body.length),
      ...answer.headers,
    });
    if (method === 'HEAD') response.end();
    else if (trouble === 'truncated' || trouble === 'stalled') {
      response.write(body.subarray(0, body.length >> 1), () => {
        if (trouble === 'truncated') response.destroy();
      });
    } else response.end(body);
  }

  #answer(request: SeenRequest, body: Buffer): Answer {
    const { method, key, query, headers } = request;
    const refusal = this.#refuse(request, body);
    if (refusal !== undefined) return refusal;
    if (key === '') {
      if (method === 'POST' && query.has('delete')) return this.#deleteAll(body.toString());
      return query.has('uploads') ? this.#listMultiparts() : this.#list(query);
    }
    const id = query.get('uploadId');
    if (id !== null) return this.#inMultipart(request, id, body);
    if (method === 'POST' && query.has('uploads')) {
      const made = randomBytes(8).toString('hex');
      this.multiparts.set(made, { key, begun: new Date(this.#now()), parts: new Map() });
      return xml(`<UploadId>${made}</UploadId>`);
    }
    if (method === 'PUT') {
      const source = headers['x-amz-copy-source'];
      const bytes = source === undefined ? body : this.#copied(String(source));
      if (bytes === undefined) return error(404, 'NoSuchKey');
      const etag = this.#keep(key, bytes);
      return source === undefined ? { status: 200, headers: { etag } } : xml(`<ETag>${etag}</ETag>`);
    }
    if (method === 'DELETE') {
      this.objects.delete(key);
      return { status: 204 };
    }
    return this.#read(key, headers.range);
  }

  #refuse(request: SeenRequest, body: Buffer): Answer | undefined {
    const { headers } = request;
    const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'] ?? ''));
    if (date) {
      const [, year, month, day, hours, minutes, seconds] = date.map(Number);
      const signed = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hours, minutes, seconds);
      if (Math.abs(signed - this.#now()) > mostSkewMs) return error(403, 'RequestTimeTooSkewed');
    }
    if (this.habits.denies?.(request)) return error(403, 'AccessDenied');
    if (headers['if-none-match'] !== undefined || headers['if-match'] !== undefined)
      return error(501, 'NotImplemented');
    const sha256 = headers['x-amz-content-sha256'];
    if (sha256 !== undefined && sha256 !== createHash('sha256').update(body).digest('hex')) {
      return error(400, 'XAmzContentSHA256Mismatch');
    }
    const md5 = headers['content-md5'];
    const wrong = md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64');
    return wrong && !this.habits.ignoresContentMd5 ? error(400, 'BadDigest') : undefined;
  }

  #inMultipart({ method, key, query, headers }: SeenRequest, id: string, body: Buffer): Answer {
    const multipart = this.multiparts.get(id);
    if (multipart === undefined) return error(404, 'NoSuchUpload');
    if (method === 'PUT') {
      const source = headers['x-amz-copy-source'];
      const bytes = source === undefined ? body : this.#copied(String(source));
      if (bytes === undefined) return error(404, 'NoSuchKey');
      const etag = this.#etag(bytes);
      multipart.parts.set(Number(query.get('partNumber')), { bytes, etag });
      return source === undefined ? { status: 200, headers: { etag } } : xml(`<ETag>${etag}</ETag>`);
    }
    if (method === 'DELETE') {
      this.multiparts.delete(id);
      return { status: 204 };
    }
    const numbers = [...multipart.parts.keys()].sort((a, b) => a - b);
    if (method === 'GET') {
      const parts = numbers.map(number => {
        const { bytes, etag } = multipart.parts.get(number) ?? { bytes: Buffer.alloc(0), etag: '' };
        const fields = `<PartNumber>${number}</PartNumber><Size>${bytes.length}</Size><ETag>${etag}</ETag>`;
        return `<Part>${fields}</Part>`;
      });
      return xml(parts.join(''));
    }
    const asked = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)];
    const chosen = asked.map(([, number, etag]) => {
      const part = multipart.parts.get(Number(number));
      return part?.etag === etag?.replace(/&#34;/g, '"') ? part?.bytes : undefined;
    });
    if (chosen.length === 0 || chosen.includes(undefined)) return error(400, 'InvalidPart');
    const bytes = chosen as Buffer[];
    if (bytes.slice(0, -1).some(part => part.length < 5 << 20)) return error(400, 'EntityTooSmall');
    this.multiparts.delete(id);
    this.objects.set(key, {
      bytes: Buffer.concat(bytes),
      etag: `"${randomBytes(16).toString('hex')}-${bytes.length}"`,
      modified: new Date(this.#now()),
    });
    return xml('<ETag>joined</ETag>');
  }

  #read(key: string, range: string | undefined): Answer {
    const found = this.objects.get(key);
    if (found === undefined) return error(404, 'NoSuchKey');
    const { bytes, etag } = found;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (from === undefined) return { status: 200, headers: { etag }, body: bytes };
    if (Number(from) >= bytes.length) return error(416, 'InvalidRange');
    const end = Math.min(Number(to), bytes.length - 1);
    const headers = { etag, 'content-range': `bytes ${from}-${end}/${bytes.length}` };
    return { status: 206, headers, body: bytes.subarray(Number(from), end + 1) };
  }

  /** Two to a page, so that every longer list takes several. */
  #list(query: URLSearchParams): Answer {
    const after = query.get('continuation-token') ?? '';
    const prefix = query.get('prefix') ?? '';
    const keys = [...this.objects.keys()].filter(key => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, 2).map(key => {
      const { bytes, modified } = this.objects.get(key) ?? { bytes: Buffer.alloc(0), modified: new Date(0) };
      const times = `<LastModified>${modified.toISOString()}</LastModified>`;
      return `<Contents><Key>${key}</Key><Size>${bytes.length}</Size>${times}</Contents>`;
    });
    const more = keys.length > 2;
    const next = more ? `<NextContinuationToken>${keys[1]}</NextContinuationToken>` : '';
    return xml(`<IsTruncated>${more}</IsTruncated>${next}${page.join('')}`);
  }

  #listMultiparts(): Answer {
    const uploads = [...this.multiparts].map(
      ([id, { key, begun }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${begun.toISOString()}</Initiated></Upload>`,
    );
    return xml(`<IsTruncated>false</IsTruncated>${uploads.join('')}`);
  }

  #deleteAll(body: string): Answer {
    for (const [, key] of body.matchAll(/<Key>([^<]*)<\/Key>/g)) this.objects.delete(key ?? '');
    return xml('');
  }

  #copied(source: string): Buffer | undefined {
    return this.objects.get(source.split('/').slice(2).join('/'))?.bytes;
  }

  #keep(key: string, bytes: Buffer): string {
    const etag = this.#etag(bytes);
    this.objects.set(key, { bytes, etag, modified: new Date(this.#now()) });
    return etag;
  }

  #etag(bytes: Buffer): string {
    return this.habits.opaqueEtags
      ? `"${randomBytes(16).toString('hex')}"`
      : `"${createHash('md5').update(bytes).digest('hex')}"`;
  }

  #now(): number {
    return Date.now() + (this.habits.clockLead ?? 0);
  }
}

const lateError: Answer = {
  status: 200,
  body: '<Error><Code>InternalError</Code><Message>Try again.</Message></Error>',
};

function refusalOf(trouble: Trouble | undefined): Answer | undefined {
  if (trouble === 'error 500') return error(500, 'InternalError');
  if (trouble === 'slow down') return error(503, 'SlowDown');
  if (trouble === 'unknown key') return error(403, 'InvalidAccessKeyId');
  return trouble === 'not implemented' ? error(501, 'NotImplemented') : undefined;
}

function error(status: number, code: string): Answer {
  return xml(`<Error><Code>${code}</Code><Message>As it was told.</Message></Error>`, status);
}

function xml(body: string, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?><Result>${body}</Result>`,
  };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { createHash } from 'node:crypto';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { escapedForS3, pathOf, RequestSigner, type StorageUrl } from './request-signer.ts';
import { mayPass, refusesKeys, renewed, S3Refusal, skewed, storageFailure } from './s3-error.ts';
import type { S3Keys } from './s3-keys.ts';
import type { S3Options, S3Patience } from './s3-options.ts';
import { text } from './s3-xml.ts';
import { untilSilent } from './until-silent.ts';

/** Bytes that can be sent more than once. */
export interface RequestBody {
  /** bytes */
  length: number;
  /** lower-case hex; signed, so that the storage takes these bytes and no others */
  sha256: string;
  open(): Uint8Array | Readable;
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** below the prefix; left out for the bucket itself */
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: RequestBody;
  /** Statuses beside 2xx that are answers and no failures. */
  accept?: readonly number[];
  /** Takes long, so the storage begins its answer, with 200, before it knows how it ends. */
  mayFailLate?: boolean;
}

export interface S3Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface PresignedRequest {
  method: 'GET' | 'PUT';
  key: string;
  expiresInSeconds: number;
  query?: Record<string, string>;
  /** Whoever uses the address has to send these. */
  headers?: Record<string, string>;
}

const emptySha256 = createHash('sha256').digest('hex');
const defaultPatience: S3Patience = { attempts: 6, firstPauseMs: 100, silenceMs: 30_000 };
/** S3 refuses at fifteen minutes. */
const mostSkewMs = 5 * 60_000;
const longestPauseMs = 5_000;
/** A thousand keys of a list take half a megabyte. */
const mostAnswerBytes = 16 << 20;

/** Sends signed requests, again and again where the failure may pass: every request of ours may be repeated. */
export class S3Client {
  readonly patience: S3Patience;
  readonly #options: S3Options;
  readonly #agent: HttpAgent;
  readonly #endpoint: URL;
  readonly #signer: RequestSigner;
  /** How far the storage's clock is ahead of ours, in milliseconds, where that became a problem. */
  #clockLead = 0;

  constructor(options: S3Options) {
    this.#options = options;
    this.patience = { ...defaultPatience, ...options.patience };
    this.#endpoint = new URL(options.endpoint);
    if (options.addressing === 'host') this.#endpoint.hostname = `${options.bucket}.${this.#endpoint.hostname}`;
    this.#signer = new RequestSigner(options.region);
    const agent = { keepAlive: true, maxSockets: 256, maxFreeSockets: 32 };
    this.#agent = options.endpoint.startsWith('https:') ? new HttpsAgent(agent) : new HttpAgent(agent);
  }

  /** A key with bucket and prefix in front, as a copy names its source. */
  copySource(key: string): string {
    return `/${this.#options.bucket}/${this.#options.prefix}${key}`;
  }

  get prefix(): string {
    return this.#options.prefix;
  }

  /** @throws RegistryError with an `S3Refusal` or what the network failed with as its cause */
  async send(request: S3Request): Promise<S3Answer> {
    return this.#repeat(async () => {
      const response = await this.#open(request);
      const { status, headers, stream } = response;
      const body = await readText(stream, this.patience.silenceMs);
      if (request.mayFailLate && status === 200 && /<Error[\s>]/.test(body)) {
        throw new S3Refusal(
          500,
          text(body, 'Code') ?? '',
          text(body, 'Message') ?? '',
          `${request.method} ${request.key}`,
        );
      }
      return { status, headers, body };
    });
  }

  /** The same for an answer whose body is read as it comes. Nothing of it is sent again for the caller. */
  async stream(request: S3Request): Promise<{ status: number; headers: IncomingMessage['headers']; stream: Readable }> {
    return this.#repeat(() => this.#open(request));
  }

  async presign({ method, key, expiresInSeconds, query, headers = {} }: PresignedRequest): Promise<string> {
    const url = this.#url(key, query);
    const keys = await this.#options.credentials.current();
    return this.#signer.presign(keys, { method, url, headers, date: this.#now() }, expiresInSeconds);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #repeat<T>(attempt: () => Promise<T>): Promise<T> {
    const { attempts, firstPauseMs } = this.patience;
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (tries >= attempts || !mayPass(error)) throw storageFailure(error);
        const wait = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1));
        await pause(wait * (0.5 + Math.random()));
      }
    }
  }

  async #open(
    request: S3Request,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; stream: IncomingMessage }> {
    const { method, key, query, body, accept = [] } = request;
    const url = this.#url(key, query);
    const keys = await this.#options.credentials.current();
    const headers = await this.#signer.sign(keys, {
      method,
      url,
      headers: { ...request.headers, 'x-amz-content-sha256': body?.sha256 ?? emptySha256 },
      date: this.#now(),
    });
    if (body !== undefined || method === 'PUT' || method === 'POST')
      headers['content-length'] = String(body?.length ?? 0);
    const response = await this.#transfer(url, method, headers, body);
    const status = response.statusCode ?? 0;
    if ((status >= 200 && status < 300) || accept.includes(status))
      return { status, headers: response.headers, stream: response };
    throw await this.#refusal(response, `${method} ${url.path}`, keys);
  }

  async #transfer(
    url: StorageUrl,
    method: string,
    headers: Record<string, string>,
    body: RequestBody | undefined,
  ): Promise<IncomingMessage> {
    const source = body?.open();
    const answered = Promise.withResolvers<IncomingMessage>();
    answered.promise.catch(() => {});
    const { protocol, hostname, port } = url.origin;
    const open = protocol === 'https:' ? requestHttps : requestHttp;
    // brackets are of the address of IPv6, and not of its name
    const host = hostname.replace(/^\[|\]$/g, '');
    const request = open({ protocol, host, port, path: pathOf(url), method, headers, agent: this.#agent });
    request.once('response', answered.resolve);
    request.once('error', answered.reject);
    const silent = () => void request.destroy(new Error(`nothing was heard for ${this.patience.silenceMs} ms`));
    request.setTimeout(this.patience.silenceMs, silent);
    const sent = sendBody(request, source);
    sent.catch(() => {});
    try {
      const response = await Promise.race([answered.promise, sent.then(() => answered.promise)]);
      // A reader of ours may take its time; who reads a body watches for silence.
      request.setTimeout(0);
      request.on('error', () => {});
      // What is answered before the whole body was taken leaves a connection of no more use.
      if (!request.writableFinished) response.once('end', () => request.destroy());
      return response;
    } catch (error) {
      request.destroy();
      throw error;
    }
  }

  async #refusal(response: IncomingMessage, request: string, keys: S3Keys): Promise<S3Refusal> {
    const xml = await readText(response, this.patience.silenceMs).catch(() => '');
    const status = response.statusCode ?? 0;
    let code = text(xml, 'Code') ?? '';
    if (status === 403 && this.#followClock(response.headers.date)) code = skewed;
    else if (refusesKeys(status, code) && (await this.#options.credentials.renew(keys))) code = renewed;
    return new S3Refusal(status, code, text(xml, 'Message') ?? '', request);
  }

  /** Signs by the storage's clock from now on. @returns whether ours was so far off that this explains a refusal */
  #followClock(date: string | undefined): boolean {
    const lead = Date.parse(date ?? '') - Date.now();
    // Not asked of the code: the refusal of a HEAD has none.
    if (!(Math.abs(lead - this.#clockLead) > mostSkewMs)) return false;
    this.#clockLead = lead;
    return true;
  }

  #url(key: string | undefined, query: Record<string, string> = {}): StorageUrl {
    const { bucket, prefix, addressing } = this.#options;
    const place = addressing === 'host' ? '' : `/${bucket}`;
    const path = key === undefined ? place || '/' : `${place}/${prefix}${key}`;
    return { origin: this.#endpoint, path: path.split('/').map(escapedForS3).join('/'), query };
  }

  #now(): Date {
    return new Date(Date.now() + this.#clockLead);
  }
}

async function sendBody(request: ClientRequest, body: Uint8Array | Readable | undefined): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    request.end(body);
    return;
  }
  await pipeline(body, request);
}

async function readText(stream: IncomingMessage, silenceMs: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of untilSilent(stream, silenceMs)) {
    size += chunk.length;
    if (size > mostAnswerBytes) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

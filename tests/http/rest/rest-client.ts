import { apiBase, type Endpoint, type ErrorCode, errorEnvelope, errorsOf, type ParamsOf } from '@weighhouse/contract';
import { expect } from 'vitest';
import type { z } from 'zod';
import { httpStatus } from '../../../packages/server/src/http/error-status.ts';

/** Codes that any endpoint can answer with. */
const anywhere: readonly ErrorCode[] = ['INVALID_INPUT', 'HOST_NOT_ALLOWED', 'RATE_LIMITED', 'STORAGE_FULL'];

export interface Request<E extends Endpoint> {
  params?: ParamsOf<E>;
  query?: Record<string, string | number | boolean | readonly string[]>;
  body?: E['body'] extends z.ZodType ? z.input<E['body']> : unknown;
  /** raw bytes, for uploads; or a text that is no JSON */
  raw?: Uint8Array<ArrayBuffer> | string;
  headers?: Record<string, string>;
}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

type Answered<E extends Endpoint> = E['answer'] extends z.ZodType ? z.output<E['answer']> : Uint8Array;

/** Calls endpoints by their contract and holds every answer to it. */
export class RestClient {
  readonly #address: string;
  readonly #key: string | undefined;
  /** ids of endpoints that answered with success */
  readonly exercised: Set<string>;

  constructor(address: string, key: string | undefined, exercised = new Set<string>()) {
    this.#address = address;
    this.#key = key;
    this.exercised = exercised;
  }

  as(key: string | undefined): RestClient {
    return new RestClient(this.#address, key, this.exercised);
  }

  /** Expects success; the answer must be exactly what the contract says, with no field beside. */
  async call<E extends Endpoint>(endpoint: E, request: Request<E> = {}): Promise<Answer<Answered<E>>> {
    const response = await this.send(endpoint, request);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const expected = [endpoint.status, endpoint.otherStatus?.status];
    expect(expected, `${endpoint.id} answered ${response.status}: ${text.slice(0, 500)}`).toContain(response.status);
    this.exercised.add(endpoint.id);
    const { status, headers } = response;
    if (!endpoint.answer || status === 304) return { status, headers, body: bytes as Answered<E> };
    const value: unknown = JSON.parse(text);
    const parsed = endpoint.answer.safeParse(value);
    expect(
      parsed.error,
      `${endpoint.id} answers what its schema does not allow: ${text.slice(0, 500)}`,
    ).toBeUndefined();
    expect(parsed.data).toEqual(value);
    return { status, headers, body: value as Answered<E> };
  }

  async ok<E extends Endpoint>(endpoint: E, request: Request<E> = {}): Promise<Answered<E>> {
    return (await this.call(endpoint, request)).body;
  }

  /** Expects this error, in the envelope, with its status, and among those that the contract names. */
  async fails<E extends Endpoint>(
    endpoint: E,
    request: Request<E>,
    ...codes: ErrorCode[]
  ): Promise<Record<string, unknown>> {
    const response = await this.send(endpoint, request);
    const text = await response.text();
    const { error } = errorEnvelope.parse(JSON.parse(text));
    expect(codes, `${endpoint.id} answered ${text.slice(0, 500)}`).toContain(error.code);
    expect(response.status).toBe(httpStatus[error.code]);
    expect(
      [...errorsOf(endpoint), ...anywhere],
      `the contract of ${endpoint.id} does not name ${error.code}`,
    ).toContain(error.code);
    expect(error.message).not.toMatch(/\/(tmp|home|work)\/|select |sqlite/i);
    return error.details;
  }

  async send<E extends Endpoint>(endpoint: E, { params, query, body, raw, headers }: Request<E>): Promise<Response> {
    const url = new URL(
      `${this.#address}${apiBase}${fillPath(endpoint.path, (params ?? {}) as Record<string, string>)}`,
    );
    for (const [name, value] of Object.entries(query ?? {})) {
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    }
    const json = body !== undefined || typeof raw === 'string';
    return fetch(url, {
      method: endpoint.method,
      headers: {
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        ...(json ? { 'content-type': 'application/json' } : raw ? { 'content-type': 'application/octet-stream' } : {}),
        ...headers,
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  }
}

export function fillPath(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = params[name] ?? '';
    return name === 'path' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
}

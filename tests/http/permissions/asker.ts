import { apiBase, type Endpoint } from '@weighhouse/contract';
import { type Cell, fillPath } from './fill-path.ts';

/** What came back, whole, so that two answers can be compared byte by byte. */
export interface Answer {
  status: number;
  text: string;
}

export interface RestRequest {
  params?: Readonly<Record<string, Cell>>;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  raw?: Uint8Array<ArrayBuffer>;
  headers?: Readonly<Record<string, string>>;
}

/** Somebody with an API key (or none), through every façade. */
export class Asker {
  readonly address: string;
  readonly username: string;
  readonly key: string | undefined;
  /** whether GraphQL is asked with `Use-Admin-Privileges: true` */
  readonly asAdmin: boolean;

  constructor(address: string, username: string, key: string | undefined, asAdmin = false) {
    this.address = address;
    this.username = username;
    this.key = key;
    this.asAdmin = asAdmin;
  }

  async rest(endpoint: Endpoint, { params = {}, query = {}, body, raw, headers }: RestRequest = {}): Promise<Answer> {
    const url = new URL(`${this.address}${apiBase}${fillPath(endpoint.path, params)}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const type = raw ? 'application/octet-stream' : 'application/json';
    return this.#send(url, {
      method: endpoint.method,
      headers: { ...(body !== undefined || raw ? { 'content-type': type } : {}), ...headers },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  }

  async graphql(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    return this.#send(new URL(`${this.address}/graphql`), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.asAdmin ? { 'use-admin-privileges': 'true' } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
  }

  /** Any other address of this server, with the key. */
  async at(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Answer> {
    return this.#send(new URL(`${this.address}${path}`), init);
  }

  async #send(url: URL, init: RequestInit & { headers?: Record<string, string> }): Promise<Answer> {
    const authorization = this.key === undefined ? {} : { authorization: `Bearer ${this.key}` };
    return transfer(url, { ...init, headers: { ...init.headers, ...authorization } });
  }
}

/** A request without credentials: what is permitted stands in the address. */
export async function transfer(url: URL | string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

/** The body of a success. @throws Error with the answer where it is none */
export function succeeded<T = Record<string, never>>({ status, text }: Answer): T {
  if (status >= 300) throw new Error(`${status} ${text.slice(0, 500)}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/** `data` of a GraphQL answer, or undefined where it failed. */
export function dataOf({ status, text }: Answer): Record<string, unknown> | undefined {
  if (status !== 200) return undefined;
  return (JSON.parse(text) as { data?: Record<string, unknown> }).data;
}

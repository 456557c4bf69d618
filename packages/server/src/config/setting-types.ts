import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.ts';

/** The parsers behind the settings: each takes the text of one variable and answers a value or one clear sentence. */

type Parse<Value> = (text: string) => Value | Problem;

/** Why a text was refused. A class of its own, so that a parser may answer any value, strings included. */
class Problem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function textSetting<Value>(parse: Parse<Value>) {
  return z.string().transform((text, context): Value => {
    const result = parse(text.trim());
    if (!(result instanceof Problem)) return result;
    context.addIssue({ code: 'custom', message: result.message });
    return z.NEVER;
  });
}

export function wholeNumber(minimum: number, maximum: number) {
  return textSetting<number>(text => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    return new Problem(`must be a whole number from ${minimum} to ${maximum}, not ${quoted(text)}`);
  });
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]) {
  return textSetting<Choice>(
    text =>
      choices.find(choice => choice === text.toLowerCase()) ??
      new Problem(`must be one of ${choices.join(', ')}, not ${quoted(text)}`),
  );
}

/** An IP address or a host name to listen on, without a port. */
export function bindAddress() {
  return textSetting<string>(text => {
    const bare = withoutBrackets(text);
    if (isIP(bare) !== 0 || isHostName(bare)) return bare;
    return new Problem(`must be an IP address or a host name without a port, not ${quoted(text)}`);
  });
}

export function folderPath() {
  return textSetting<string>(text => pathOrProblem(text));
}

/** Both sqlite:/data/x.db and sqlite:///data/x.db are in use; they mean the same file. */
function pathBehind(prefix: string, text: string): string | Problem {
  return pathOrProblem(text.slice(prefix.length).replace(/^\/\/(?=\/)/, ''));
}

export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgresql'; readonly url: Secret; readonly place: string };

/** `sqlite:<path>` or `postgres://…`. Never quotes an address, which may hold a password. */
export function databaseLocation() {
  return textSetting<DatabaseLocation>(text => {
    if (/^postgres(ql)?:/i.test(text)) {
      const place = postgresPlace(text);
      return place instanceof Problem ? place : { kind: 'postgresql', url: new Secret(text), place };
    }
    if (!text.startsWith('sqlite:')) {
      const given = quoted(withoutCredentials(text));
      return new Problem(`must look like sqlite:<path> or postgres://user:password@host:5432/database, not ${given}`);
    }
    const path = pathBehind('sqlite:', text);
    return path instanceof Problem ? path : { kind: 'sqlite', path };
  });
}

/** What may be printed of the address of a database: host, port and name. */
function postgresPlace(text: string): string | Problem {
  // a user in front of no host is what a socket in `host=` looks like, and no URL elsewhere
  const url = URL.parse(text.replace(/^(\w+:\/\/[^/?#]*)@\//, '$1@localhost/'));
  if (url === null || !/^postgres(ql)?:\/\//i.test(text)) {
    return new Problem(
      'must look like postgres://user:password@host:5432/database (or …/database?host=/var/run/postgresql for a socket); ' +
        'other characters than letters and digits in a password are written as %XX',
    );
  }
  const database = url.pathname.slice(1);
  if (database === '' || database.includes('/')) return new Problem('must name one database behind the host');
  const host = url.searchParams.get('host') ?? (url.hostname || 'localhost');
  return `${host}${url.port === '' ? '' : `:${url.port}`}/${database}`;
}

export type BlobLocation =
  | { readonly kind: 'files'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** empty, or with a slash at its end */
      readonly prefix: string;
      readonly endpoint: string | undefined;
      readonly region: string | undefined;
      readonly addressing: 'path' | 'host' | undefined;
    };

/** `file:<path>` or `s3://…`. */
export function blobLocation() {
  return textSetting<BlobLocation>(text => {
    if (/^s3:/i.test(text)) return s3Location(text);
    if (!text.startsWith('file:')) {
      const given = quoted(withoutCredentials(text));
      return new Problem(`must look like file:<path> or s3://bucket/prefix?endpoint=https://…, not ${given}`);
    }
    const path = pathBehind('file:', text);
    return path instanceof Problem ? path : { kind: 'files', path };
  });
}

const s3Parameters = ['endpoint', 'region', 'addressing'];

function s3Location(text: string): BlobLocation | Problem {
  const url = /^s3:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || url.hash !== '') return new Problem('must look like s3://bucket/prefix?endpoint=https://…');
  if (url.username !== '' || url.password !== '') {
    return new Problem('must hold no keys; they are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(bucket)) return new Problem('must name a bucket behind s3://');
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (!/^([A-Za-z0-9!_*'().-]+(\/|$))*$/.test(prefix)) {
    return new Problem('must have a prefix of letters, digits, slashes and any of -_.!*()');
  }
  const unknown = [...url.searchParams.keys()].find(name => !s3Parameters.includes(name));
  if (unknown !== undefined) {
    return new Problem(`knows no parameter ${quoted(unknown)}; there are ${s3Parameters.join(', ')}`);
  }
  const endpoint = s3Endpoint(url.searchParams.get('endpoint'));
  if (endpoint instanceof Problem) return endpoint;
  const addressing = url.searchParams.get('addressing') ?? undefined;
  if (addressing !== undefined && addressing !== 'path' && addressing !== 'host') {
    return new Problem(`takes addressing=path or addressing=host, not ${quoted(addressing)}`);
  }
  const region = url.searchParams.get('region') ?? undefined;
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/i.test(region)) {
    return new Problem(`takes a region such as eu-central-1, not ${quoted(region)}`);
  }
  return { kind: 's3', bucket, prefix: prefix === '' ? '' : `${prefix}/`, endpoint, region, addressing };
}

function s3Endpoint(text: string | null): string | undefined | Problem {
  if (text === null) return undefined;
  const url = URL.parse(text);
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && !/[?#]/.test(text);
  if (plain && url.username === '' && url.password === '') return url.origin;
  return new Problem('takes an endpoint such as https://s3.example.com:9000, without a path, a query or keys');
}

/** The address under which people reach the server. The answer has no trailing slash, so a path can be appended. */
export function publicUrl() {
  return textSetting<string>(text => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(text)) {
      return new Problem(
        `must be an address such as https://models.example.com/path, not ${quoted(withoutCredentials(text))}`,
      );
    }
    if (url.username !== '' || url.password !== '') return new Problem('must not hold a user name or a password');
    // `url.search` is empty for a lone "?", which would still swallow every path appended to it.
    if (text.includes('?') || text.includes('#')) return new Problem('must not hold a query or a fragment');
    return url.href.replace(/\/+$/, '');
  });
}

/** Never quotes what it was given: the message may end up in a log. */
export function apiKey() {
  return textSetting<Secret>(text => {
    if (!/^[\x21-\x7e]*$/.test(text)) return new Problem('must be printable ASCII characters without spaces');
    if (text.length < 40 || text.length > 256) {
      return new Problem(`must be 40 to 256 characters long, not ${text.length}`);
    }
    return new Secret(text);
  });
}

/** Names for the `Host` header, in lower case, each with an optional port. */
export function hostList() {
  return list(entry => {
    const [, host = '', port] = /^(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(entry.toLowerCase()) ?? [];
    const known = isIP(withoutBrackets(host)) !== 0 || isHostName(host);
    if (known && Number(port ?? 0) <= 65535) return entry.toLowerCase();
    return new Problem(
      `${quoted(entry)} is not a host name; write it as models.example.com or models.example.com:8443`,
    );
  });
}

/** IP addresses and CIDR ranges. */
export function addressRangeList() {
  return list(entry => {
    const [address = '', prefix, ...rest] = entry.split('/');
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const prefixFits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest);
    if (family !== 0 && prefixFits && rest.length === 0) return entry;
    return new Problem(`${quoted(entry)} is not an address or a range; write it as 10.0.0.7 or 10.0.0.0/8`);
  });
}

function list(parse: Parse<string>) {
  return textSetting<readonly string[]>(text => {
    const entries: string[] = [];
    for (const part of text.split(',')) {
      const entry = part.trim();
      if (entry === '') continue;
      const parsed = parse(entry);
      if (parsed instanceof Problem) return parsed;
      entries.push(parsed);
    }
    return entries;
  });
}

function pathOrProblem(text: string): string | Problem {
  if (text === '') return new Problem('must name a path');
  if (text.includes('\0')) return new Problem('must not hold a NUL character');
  return text;
}

function isHostName(text: string): boolean {
  return text.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/i.test(text);
}

function withoutBrackets(text: string): string {
  return text.replace(/^\[(.*)\]$/, '$1');
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^@/]*@/, '//[secret]@');
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

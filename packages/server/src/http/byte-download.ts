import type { IncomingHttpHeaders } from 'node:http';
import type { ByteRange } from '../ports/blob-store.ts';
import { parseByteRange } from './byte-range.ts';

/** What is downloaded. */
export interface DownloadSubject {
  sha256: string;
  /** bytes */
  size: number;
  fileName: string;
  /** Default `application/octet-stream`. */
  contentType?: string;
  /** Whether the address will name these bytes for ever. */
  immutable?: boolean;
}

export interface DownloadPlan {
  status: 200 | 206 | 304 | 416;
  headers: Record<string, string>;
  /** Whether bytes follow. */
  hasBody: boolean;
  /** Which bytes, where not all. */
  range?: ByteRange;
}

/**
 * Decides how to answer a `GET` or `HEAD` for stored bytes: conditions first, then the range (RFC 9110, 13.2.2).
 * The bytes are somebody's and may be hostile: they leave as an attachment that no browser interprets on our origin.
 */
export function planDownload(method: string, request: IncomingHttpHeaders, subject: DownloadSubject): DownloadPlan {
  const { sha256, size } = subject;
  const etag = `"${sha256}"`;
  const always = {
    etag,
    'cache-control': subject.immutable ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
  };
  if (matchesAny(request['if-none-match'], etag)) return { status: 304, headers: always, hasBody: false };
  const range = method === 'GET' && mayUseRange(request['if-range'], etag) ? request.range : undefined;
  const wanted = parseByteRange(range, size);
  if (wanted === 'unsatisfiable') {
    const headers = { ...always, 'content-range': `bytes */${size}`, 'content-length': '0' };
    return { status: 416, headers, hasBody: false };
  }
  const headers: Record<string, string> = {
    ...always,
    'accept-ranges': 'bytes',
    'content-type': subject.contentType ?? 'application/octet-stream',
    'content-disposition': attachment(subject.fileName),
    'content-length': String(wanted === 'whole' ? size : wanted.end - wanted.start + 1),
  };
  if (wanted === 'whole') return { status: 200, headers, hasBody: method !== 'HEAD' };
  headers['content-range'] = `bytes ${wanted.start}-${wanted.end}/${size}`;
  return { status: 206, headers, hasBody: true, range: wanted };
}

/** Weak comparison, as the RFC has it for `If-None-Match`. */
function matchesAny(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag);
}

/** Strong comparison; a date never matches, as we send none. */
function mayUseRange(ifRange: string | string[] | undefined, etag: string): boolean {
  return ifRange === undefined || String(ifRange).trim() === etag;
}

/** What a storage is to say of bytes that a client fetches from it. */
export function contentHeaders({ fileName, contentType }: Pick<DownloadSubject, 'fileName' | 'contentType'>): {
  contentDisposition: string;
  contentType: string;
} {
  return { contentDisposition: attachment(fileName), contentType: contentType ?? 'application/octet-stream' };
}

/** RFC 6266: an ASCII name for old clients, the true one in UTF-8. */
function attachment(fileName: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get into a header
  const name = (fileName.split(/[/\\]/).at(-1) ?? '').replace(/[\x00-\x1f\x7f]/g, '_').toWellFormed() || 'download';
  const ascii = name.replace(/[^\x20-\x7e]|["%]/g, '_');
  const plain = `attachment; filename="${ascii}"`;
  if (ascii === name) return plain;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${plain}; filename*=UTF-8''${encoded}`;
}

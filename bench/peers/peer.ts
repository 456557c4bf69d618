import type { MeasuredRequest } from '../registry/measure-requests.ts';

/** What every registry is asked, in words that fit both. */
export const operations = [
  'resolve an alias',
  'move an alias',
  'create a version',
  'a page of registered models',
  'search models by tag',
  'search models by name',
] as const;

export type Operation = (typeof operations)[number];

export const readingOperations: readonly Operation[] = operations.filter(
  operation => operation !== 'move an alias' && operation !== 'create a version',
);

/** A registry that runs and is filled with a generated registry. */
export interface Peer {
  name: string;
  url: string;
  /** of the process that all others of it come from */
  pid: number;
  /** command line of processes that do other work than what is measured */
  sideWork?: RegExp;
  /** The requests that one operation takes, one after another; each is measured alone. */
  requests: Readonly<Record<Operation, readonly ((i: number) => MeasuredRequest)[]>>;
  /** Sends a file. @returns seconds from the first byte until it is kept */
  upload(file: { path: string; size: number; sha256: string }): Promise<number>;
  /** of the file that was sent last */
  download(): { url: string; headers: Record<string, string> };
  stop(): Promise<void>;
}

/** Models on a page. */
export const pageLimit = 50;

import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { BlobStore } from '../../packages/server/src/ports/blob-store.ts';
import type { Clock } from '../../packages/server/src/ports/clock.ts';
import type { MetadataStore } from '../../packages/server/src/ports/metadata-store.ts';
import { FileSystemBlobStore } from '../../packages/server/src/stores/blobs/file-system/file-system-blob-store.ts';
import { MemoryBlobStore } from '../../packages/server/src/stores/blobs/memory/memory-blob-store.ts';
import { S3BlobStore } from '../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { openPostgresMetadataStore } from '../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { openSqliteMetadataStore } from '../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import { borrowDatabase } from './postgres.ts';
import { query } from './postgres-database.ts';
import { sharedServers } from './provided-servers.ts';
import { borrowBucket } from './s3.ts';
import { newSharedStores } from './shared-servers.ts';

/** `local`: SQLite and files. `shared`: what several servers can share, PostgreSQL and S3. */
export type StorePair = 'local' | 'shared';

/** The one place where the stores of a test run are chosen; the projects of `vitest.config.ts` set the variable. */
export function storePair(): StorePair {
  const name = process.env.TEST_STORES ?? 'local';
  if (name !== 'local' && name !== 'shared') throw new Error(`TEST_STORES=${name}: there are local and shared.`);
  return name;
}

export interface OpenStores {
  readonly store: MetadataStore;
  readonly blobs: BlobStore;
  /** How much is stored: rows of every table, and files or objects of blobs. */
  counts(): Promise<Record<string, number>>;
  /** Closes both and gives back what they used, but for the folder. */
  close(): Promise<void>;
}

/** Sees every statement. */
export type Trace = (sql: string, parameters: readonly unknown[]) => void;

interface StoreOptions {
  folder?: string;
  clock?: Clock;
  trace?: Trace;
}

/**
 * New, empty stores. Without a `folder`, bytes are kept in memory; metadata never are: a database in memory has one
 * connection, where a reader cannot miss what a writer has not committed, and so hides what users would meet.
 */
export async function openStores({ folder, clock, trace }: StoreOptions = {}): Promise<OpenStores> {
  const metadata = storePair() === 'local' ? await openSqlite(folder, clock, trace) : await openPostgres(clock, trace);
  await metadata.store.migrate();
  const bytes = await openBlobs(folder && join(folder, 'blobs'));
  return {
    store: metadata.store,
    blobs: bytes.blobs,
    counts: async () => ({ ...(await metadata.counts()), blobs: await bytes.count() }),
    async close() {
      await metadata.store.close();
      await bytes.blobs.close();
      await metadata.release();
      await bytes.release();
    },
  };
}

interface OpenBlobs {
  blobs: BlobStore;
  /** files or objects */
  count(): Promise<number>;
  release(): Promise<void>;
}

async function openBlobs(root: string | undefined): Promise<OpenBlobs> {
  if (root === undefined) return { blobs: new MemoryBlobStore(), count: async () => 0, release: async () => {} };
  if (storePair() === 'local') {
    const blobs = new FileSystemBlobStore({ root });
    return { blobs, count: async () => countFiles(root), release: async () => {} };
  }
  const { options, listAll, release } = await borrowBucket();
  return { blobs: new S3BlobStore(options), count: async () => (await listAll()).length, release };
}

/** Settings with which a server process runs on new, empty stores of the pair. */
export async function newStoreSettings(): Promise<Record<string, string>> {
  return storePair() === 'local' ? {} : await newSharedStores(sharedServers());
}

interface OpenMetadata {
  store: MetadataStore;
  counts(): Promise<Record<string, number>>;
  release(): Promise<void>;
}

async function openSqlite(folder?: string, clock?: Clock, trace?: Trace): Promise<OpenMetadata> {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'weighhouse-metadata-')));
  const file = join(own, 'weighhouse.db');
  return {
    store: openSqliteMetadataStore({ file, clock, trace }),
    async counts() {
      const database = new Database(file, { readonly: true });
      try {
        const tables = database.prepare<[], string>(`select name from sqlite_master where type = 'table'`).pluck();
        const count = (table: string) =>
          database.prepare<[], number>(`select count(*) from "${table}"`).pluck().get() ?? 0;
        return Object.fromEntries(tables.all().map(table => [table, count(table)]));
      } finally {
        database.close();
      }
    },
    release: async () => {
      if (own !== folder) await rm(own, { recursive: true });
    },
  };
}

async function openPostgres(clock?: Clock, trace?: Trace): Promise<OpenMetadata> {
  const { url, release } = await borrowDatabase();
  return {
    store: openPostgresMetadataStore({ url, clock, trace }),
    async counts() {
      const rows = await query(url, countingRows);
      return Object.fromEntries(rows.map(({ name, count }) => [String(name), Number(count)]));
    },
    release,
  };
}

const countingRows = `
  select tablename as name,
    (xpath('//count/text()', query_to_xml(format('select count(*) from %I', tablename), false, true, '')))[1]::text as count
  from pg_tables where schemaname = 'public'`;

function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(one => one.isFile()).length;
}

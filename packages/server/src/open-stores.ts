import { mkdirSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { isAwsEndpoint } from './config/aws-credentials.ts';
import type { BlobsConfiguration, Configuration, DatabaseConfiguration } from './config/configuration.ts';
import type { BlobStore } from './ports/blob-store.ts';
import type { MetadataStore } from './ports/metadata-store.ts';
import { FileSystemBlobStore } from './stores/blobs/file-system/file-system-blob-store.ts';
import { fixedKeys, type S3Credentials } from './stores/blobs/s3/s3-keys.ts';
import { lockFolder } from './stores/metadata/folder-lock.ts';
import { StartupError } from './system/startup-error.ts';

/** A store that was chosen, and a look at whether it will do. */
interface Chosen<Store> {
  /** what keeps it from working, or from keeping what it acknowledged: one sentence each */
  inspect(): Promise<string[]>;
  open(): Store;
  /** Gives back what the inspection took; the store is closed by then. */
  release?(): void;
}

export interface OpenStores {
  store: MetadataStore;
  blobs: BlobStore;
  close(): Promise<void>;
}

/**
 * Opens the stores that the configuration names.
 * @throws StartupError with all that is wrong with either of them
 */
export async function openStores(configuration: Configuration): Promise<OpenStores> {
  const database = await chosenDatabase(configuration.database);
  const bytes = await chosenBlobs(configuration);
  const problems = (await Promise.all([database.inspect(), bytes.inspect()])).flat();
  if (problems.length > 0) {
    bytes.release?.();
    throw new StartupError(problems);
  }
  const [store, blobs] = [database.open(), bytes.open()];
  return {
    store,
    blobs,
    async close() {
      await blobs.close();
      await store.close();
      bytes.release?.();
    },
  };
}

// What nobody chose must not delay the start, so the modules of each are loaded where it is chosen.

async function chosenDatabase(database: DatabaseConfiguration): Promise<Chosen<MetadataStore>> {
  if (database.kind === 'sqlite') {
    const { openSqliteMetadataStore } = await import('./stores/metadata/open-sqlite-metadata-store.ts');
    return { inspect: async () => [], open: () => openSqliteMetadataStore({ file: database.file }) };
  }
  const { inspectPostgres } = await import('./stores/metadata/inspect-postgres.ts');
  const { openPostgresMetadataStore } = await import('./stores/metadata/open-postgres-metadata-store.ts');
  const options = { url: database.url.reveal(), connections: database.connections };
  return {
    inspect: async () => (await inspectPostgres(options)).map(problem => `${database.place}: ${problem}`),
    open: () => openPostgresMetadataStore(options),
  };
}

async function chosenBlobs({ blobs, dataFolder, minFreeBytes }: Configuration): Promise<Chosen<BlobStore>> {
  if (blobs.kind === 'files') return chosenFiles(blobs.folder, dataFolder, minFreeBytes);
  const { inspectS3 } = await import('./stores/blobs/s3/inspect-s3.ts');
  const { S3BlobStore } = await import('./stores/blobs/s3/s3-blob-store.ts');
  const { endpoint, region, bucket, prefix, addressing } = blobs;
  const place = { endpoint, region, bucket, prefix, addressing, scratchFolder: join(dataFolder, 'scratch') };
  const direct = blobs.transfer === 'direct';
  const credentials = await s3Credentials(blobs);
  try {
    await credentials.current();
  } catch (error) {
    const problem = (error as Error).message;
    return {
      inspect: async () => [problem],
      open() {
        throw new StartupError([problem]);
      },
    };
  }
  const options = { ...place, direct, credentials };
  return { inspect: () => inspectS3(options), open: () => new S3BlobStore(options) };
}

/** A folder elsewhere is held as the data folder is: another server would take this one's unfinished uploads for leftovers. */
function chosenFiles(root: string, dataFolder: string, minFreeBytes: number): Chosen<BlobStore> {
  const isInside = !relative(dataFolder, root).startsWith('..') && !isAbsolute(relative(dataFolder, root));
  let lock: { release(): void } | undefined;
  return {
    async inspect() {
      if (isInside) return [];
      try {
        mkdirSync(root, { recursive: true, mode: 0o700 });
        lock = lockFolder(join(root, 'lock'));
      } catch (error) {
        return [`The folder for bytes ${root} cannot be made or locked (${(error as Error).message}).`];
      }
      if (lock) return [];
      return [
        `Another server keeps its bytes in ${root}. Stop that one first, or set WEIGHHOUSE_BLOBS to another folder; servers that share their bytes keep them in S3.`,
      ];
    },
    open: () => new FileSystemBlobStore({ root, minFreeBytes }),
    release: () => lock?.release(),
  };
}

async function s3Credentials({
  credentials,
  region,
  endpoint,
}: Extract<BlobsConfiguration, { kind: 's3' }>): Promise<S3Credentials> {
  if (credentials.kind === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return fixedKeys({
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      sessionToken: sessionToken?.reveal(),
    });
  }
  const { findAwsKeys } = await import('./stores/blobs/s3/aws-keys.ts');
  const { RenewedKeys } = await import('./stores/blobs/s3/renewed-keys.ts');
  const places = { ...credentials, region: isAwsEndpoint(endpoint) ? region : undefined };
  return new RenewedKeys(() => findAwsKeys(places));
}

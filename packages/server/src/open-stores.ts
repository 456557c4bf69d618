import { join } from 'node:path';
import type { AwsCredentials } from './config/aws-credentials.ts';
import type { Configuration, DatabaseConfiguration } from './config/configuration.ts';
import type { BlobStore } from './ports/blob-store.ts';
import type { MetadataStore } from './ports/metadata-store.ts';
import { FileSystemBlobStore } from './stores/blobs/file-system/file-system-blob-store.ts';
import { inspectS3 } from './stores/blobs/s3/inspect-s3.ts';
import { readCredentials } from './stores/blobs/s3/read-credentials.ts';
import { S3BlobStore } from './stores/blobs/s3/s3-blob-store.ts';
import type { S3Credentials } from './stores/blobs/s3/s3-options.ts';
import { inspectPostgres } from './stores/metadata/inspect-postgres.ts';
import { openPostgresMetadataStore } from './stores/metadata/open-postgres-metadata-store.ts';
import { openSqliteMetadataStore } from './stores/metadata/open-sqlite-metadata-store.ts';
import { StartupError } from './system/startup-error.ts';

/** A store that was chosen, and a look at whether it will do. */
interface Chosen<Store> {
  /** what keeps it from working, or from keeping what it acknowledged: one sentence each */
  inspect(): Promise<string[]>;
  open(): Store;
}

/**
 * Opens the stores that the configuration names.
 * @throws StartupError with all that is wrong with either of them
 */
export async function openStores(configuration: Configuration): Promise<{ store: MetadataStore; blobs: BlobStore }> {
  const database = chosenDatabase(configuration.database);
  const bytes = chosenBlobs(configuration);
  const problems = (await Promise.all([database.inspect(), bytes.inspect()])).flat();
  if (problems.length > 0) throw new StartupError(problems);
  return { store: database.open(), blobs: bytes.open() };
}

function chosenDatabase(database: DatabaseConfiguration): Chosen<MetadataStore> {
  if (database.kind === 'sqlite') {
    return { inspect: async () => [], open: () => openSqliteMetadataStore({ file: database.file }) };
  }
  const options = { url: database.url.reveal(), connections: database.connections };
  return {
    inspect: async () => (await inspectPostgres(options)).map(problem => `${database.place}: ${problem}`),
    open: () => openPostgresMetadataStore(options),
  };
}

function chosenBlobs({ blobs, dataFolder, minFreeBytes }: Configuration): Chosen<BlobStore> {
  if (blobs.kind === 'files') {
    return { inspect: async () => [], open: () => new FileSystemBlobStore({ root: blobs.folder, minFreeBytes }) };
  }
  const { endpoint, region, bucket, prefix, addressing } = blobs;
  const place = { endpoint, region, bucket, prefix, addressing, scratchFolder: join(dataFolder, 'scratch') };
  const direct = blobs.transfer === 'direct';
  let credentials: S3Credentials;
  try {
    credentials = s3Credentials(blobs.credentials);
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

/** @throws Error where the file of credentials does not have them */
function s3Credentials(credentials: AwsCredentials): S3Credentials {
  if (credentials.kind !== 'keys') return readCredentials(credentials.path, credentials.profile);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return { accessKeyId, secretAccessKey: secretAccessKey.reveal(), sessionToken: sessionToken?.reveal() };
}

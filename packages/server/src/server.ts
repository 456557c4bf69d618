import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { composeApp, composeJobs, composeServices, systemClock, systemRandomness } from './compose.ts';
import type { AwsCredentials } from './config/aws-credentials.ts';
import type { Configuration, DatabaseConfiguration } from './config/configuration.ts';
import { RegistryError } from './domain/registry-error.ts';
import type { BlobStore } from './ports/blob-store.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { MetadataStore } from './ports/metadata-store.ts';
import { FileSystemBlobStore } from './stores/blobs/file-system/file-system-blob-store.ts';
import { inspectS3 } from './stores/blobs/s3/inspect-s3.ts';
import { readCredentials } from './stores/blobs/s3/read-credentials.ts';
import { S3BlobStore } from './stores/blobs/s3/s3-blob-store.ts';
import type { S3Credentials } from './stores/blobs/s3/s3-options.ts';
import { lockFolder } from './stores/metadata/folder-lock.ts';
import { inspectPostgres } from './stores/metadata/inspect-postgres.ts';
import { openPostgresMetadataStore } from './stores/metadata/open-postgres-metadata-store.ts';
import { openSqliteMetadataStore } from './stores/metadata/open-sqlite-metadata-store.ts';
import { openDataFolder } from './system/data-folder.ts';
import { StartupError } from './system/startup-error.ts';

export interface RunningServer {
  /** where it answers, e.g. `http://127.0.0.1:8080`, or the public address where one is set */
  address: string;
  /** the admin's key where this start made it; shown to the operator and forgotten */
  generatedKey: string | undefined;
  firstStart: boolean;
  /** Stops accepting, finishes what runs, closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts a server on its data folder, ready to answer when the promise resolves.
 * @throws StartupError with every problem the operator can mend
 */
export async function startServer(
  configuration: Configuration,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<RunningServer> {
  const folder = openDataFolder(configuration.dataFolder, lockFolder);
  const undo: (() => void | Promise<void>)[] = [() => folder.release()];
  const unwind = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    const store = await openMetadataStore(configuration.database);
    undo.push(() => store.close());
    await store.migrate();
    const blobs = await openBlobStore(configuration);
    undo.push(() => blobs.close());
    await blobs.removeLeftovers();

    const transfer = configuration.blobs.kind === 's3' ? configuration.blobs.transfer : undefined;
    const adapters = { store, blobs, clock, randomness: systemRandomness, logger, transfer };
    const { services, bootstrap } = await composeServices(adapters);
    const firstStart = await bootstrap.isEmpty();
    const key = configuration.bootstrapApiKey?.reveal();
    if (firstStart && key === undefined && !isLoopback(configuration.host)) throw needsBootstrapKey(configuration.host);
    const made = await bootstrap.run(key);

    const app = await composeApp(configuration, services, logger);
    undo.push(() => app.close());
    await app.listen({ host: configuration.host, port: configuration.port });
    for (const job of composeJobs(adapters, services, folder.instanceId, configuration)) {
      job.start();
      undo.push(() => job.stop());
    }
    const { port } = app.server.address() as AddressInfo;
    return {
      address: configuration.publicUrl ?? `http://${urlHost(configuration.host)}:${port}`,
      generatedKey: key === undefined ? made?.secret : undefined,
      firstStart,
      stop: unwind,
    };
  } catch (error) {
    await unwind();
    throw asStartupError(error, configuration);
  }
}

async function openMetadataStore(database: DatabaseConfiguration): Promise<MetadataStore> {
  if (database.kind === 'sqlite') return openSqliteMetadataStore({ file: database.file });
  const options = { url: database.url.reveal(), connections: database.connections };
  const problems = await inspectPostgres(options);
  if (problems.length > 0) throw new StartupError(problems.map(problem => `${database.place}: ${problem}`));
  return openPostgresMetadataStore(options);
}

async function openBlobStore({ blobs, dataFolder, minFreeBytes }: Configuration): Promise<BlobStore> {
  if (blobs.kind === 'files') return new FileSystemBlobStore({ root: blobs.folder, minFreeBytes });
  const { endpoint, region, bucket, prefix, addressing } = blobs;
  const place = { endpoint, region, bucket, prefix, addressing, scratchFolder: join(dataFolder, 'scratch') };
  const direct = blobs.transfer === 'direct';
  const options = { ...place, direct, credentials: s3Credentials(blobs.credentials) };
  const problems = await inspectS3(options);
  if (problems.length > 0) throw new StartupError(problems);
  return new S3BlobStore(options);
}

function s3Credentials(credentials: AwsCredentials): S3Credentials {
  if (credentials.kind === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return { accessKeyId, secretAccessKey: secretAccessKey.reveal(), sessionToken: sessionToken?.reveal() };
  }
  try {
    return readCredentials(credentials.path, credentials.profile);
  } catch (error) {
    throw new StartupError([(error as Error).message]);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}

function needsBootstrapKey(host: string): StartupError {
  return new StartupError([
    `The data folder is empty and ${host} is reachable from other machines. Set WEIGHHOUSE_BOOTSTRAP_API_KEY to the first administrator's key ` +
      '(40 or more characters, for example from "openssl rand -hex 24"), or start once without WEIGHHOUSE_HOST.',
  ]);
}

function asStartupError(error: unknown, { host, port, dataFolder }: Configuration): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new StartupError([`Port ${port} of ${host} is in use. Stop the other program, or set WEIGHHOUSE_PORT.`]);
  if (code === 'EACCES' && /listen/.test(message))
    return new StartupError([`Port ${port} may not be opened. Set WEIGHHOUSE_PORT to one above 1023.`]);
  if (code === 'EADDRNOTAVAIL')
    return new StartupError([`${host} is not an address of this machine. Set WEIGHHOUSE_HOST to one that is.`]);
  if (error instanceof RegistryError) return new StartupError([`${error.message} (data folder: ${dataFolder})`]);
  return error;
}

import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { composeApp, composeJobs, composeServices, systemClock, systemRandomness } from './compose.ts';
import type { Configuration } from './config/configuration.ts';
import { RegistryError } from './domain/registry-error.ts';
import { openStores } from './open-stores.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import { lockFolder } from './stores/metadata/folder-lock.ts';
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
    const { store, blobs, close } = await openStores(configuration);
    undo.push(close);
    await store.migrate();
    await blobs.removeLeftovers();

    const transfer = configuration.blobs.kind === 's3' ? configuration.blobs.transfer : undefined;
    const server = folder.instanceId;
    const adapters = { store, blobs, clock, randomness: systemRandomness, logger, transfer, server };
    const { services, bootstrap } = await composeServices(adapters);
    await services.slowWork.forgetOwn();
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

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeApp, composeServices, systemClock } from '../../packages/server/src/compose.ts';
import { parseConfiguration } from '../../packages/server/src/config/configuration.ts';
import type { BlobStore } from '../../packages/server/src/ports/blob-store.ts';
import type { Logger } from '../../packages/server/src/ports/logger.ts';
import type { MetadataStore } from '../../packages/server/src/ports/metadata-store.ts';
import type { Services } from '../../packages/server/src/services/services.ts';
import { openStores, type Trace } from './stores.ts';

export interface StartedRegistry {
  /** `http://127.0.0.1:<port>` */
  address: string;
  port: number;
  /** the first admin's API key */
  adminKey: string;
  folder: string;
  services: Services;
  store: MetadataStore;
  blobs: BlobStore;
  /** what the server logged as an error; a test that expects none looks here */
  errors: unknown[];
  /** how much is stored: rows of every table, and files of blobs */
  counts(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/**
 * A whole server on a free port, after its first start, with the stores under test, or other blobs where they are
 * given, and a temporary folder. Background work does not run by itself. Where nothing else is asked for, bytes come
 * through the server: that clients are sent to the storage has tests of its own.
 */
export async function startRegistry(
  given: { blobs?: BlobStore; transfer?: 'direct' | 'proxied'; trace?: Trace } = {},
): Promise<StartedRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'weighhouse-test-'));
  const errors: unknown[] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (...entry) => void errors.push(entry),
  };
  const { store, counts, close, ...opened } = await openStores({ folder, trace: given.trace });
  const blobs = given.blobs ?? opened.blobs;
  const randomness = { bytes: (length: number) => randomBytes(length) };
  const { services, bootstrap } = await composeServices({
    store,
    blobs,
    clock: systemClock,
    randomness,
    logger,
    transfer: given.transfer ?? (given.blobs ? undefined : 'proxied'),
  });
  const made = await bootstrap.run(undefined);
  const app = await composeApp(parseConfiguration({ WEIGHHOUSE_PORT: '0', WEIGHHOUSE_DATA: folder }), services, logger);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    adminKey: made?.secret ?? '',
    folder,
    services,
    store,
    blobs,
    errors,
    counts,
    stop: async () => {
      await app.close();
      await close();
      await given.blobs?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

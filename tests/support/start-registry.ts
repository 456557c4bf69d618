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
import { FileSystemBlobStore } from '../../packages/server/src/stores/blobs/file-system/file-system-blob-store.ts';
import { openSqliteMetadataStore } from '../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';

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
  stop(): Promise<void>;
}

/** A whole server on a free port, with SQLite and files in a temporary folder, after its first start. */
export async function startRegistry(): Promise<StartedRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'weighhouse-test-'));
  const errors: unknown[] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (...entry) => void errors.push(entry),
  };
  const store = openSqliteMetadataStore({ file: join(folder, 'weighhouse.db') });
  await store.migrate();
  const blobs = new FileSystemBlobStore({ root: join(folder, 'blobs') });
  const randomness = { bytes: (length: number) => randomBytes(length) };
  const { services, bootstrap } = await composeServices({ store, blobs, clock: systemClock, randomness, logger });
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
    stop: async () => {
      await app.close();
      await store.close();
      await blobs.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

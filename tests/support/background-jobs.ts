import { randomBytes } from 'node:crypto';
import { composeServices } from '../../packages/server/src/compose.ts';
import { AbandonedWorkReaper } from '../../packages/server/src/jobs/abandoned-work-reaper.ts';
import { BlobSettler } from '../../packages/server/src/jobs/blob-settler.ts';
import { SilentRunWatch } from '../../packages/server/src/jobs/silent-run-watch.ts';
import { TimeToLiveReaper } from '../../packages/server/src/jobs/time-to-live-reaper.ts';
import type { BlobStore } from '../../packages/server/src/ports/blob-store.ts';
import type { Clock } from '../../packages/server/src/ports/clock.ts';
import type { Logger } from '../../packages/server/src/ports/logger.ts';
import type { MetadataStore } from '../../packages/server/src/ports/metadata-store.ts';
import type { Bootstrap } from '../../packages/server/src/services/bootstrap.ts';
import type { Services } from '../../packages/server/src/services/services.ts';
import { S3BlobStore } from '../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { fixedKeys, type S3Keys } from '../../packages/server/src/stores/blobs/s3/s3-keys.ts';
import type { S3Options } from '../../packages/server/src/stores/blobs/s3/s3-options.ts';
import { openPostgresMetadataStore } from '../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';

export const silenceMilliseconds = 5 * 60_000;
export const jobNames = ['abandoned work', 'time to live', 'silent runs', 'blobs to settle'] as const;
export type JobName = (typeof jobNames)[number];

/** What servers that share their stores have in common; can be told to another process. */
export interface SharedPlace {
  database: string;
  objects: Omit<S3Options, 'credentials'>;
  keys: S3Keys;
}

/** A server without HTTP, whose background work runs when it is told to. */
export interface BackgroundServer {
  services: Services;
  bootstrap: Bootstrap;
  store: MetadataStore;
  blobs: BlobStore;
  jobs: Record<JobName, () => Promise<void>>;
  /** whatever it logged that is no mere information */
  problems: unknown[];
  close(): Promise<void>;
}

export async function openBackgroundServer(
  { database, objects, keys }: SharedPlace,
  clock: Clock,
  holder: string,
): Promise<BackgroundServer> {
  const problems: unknown[] = [];
  const tell = (...entry: unknown[]) => void problems.push(entry);
  const logger: Logger = { debug: () => {}, info: () => {}, warn: tell, error: tell };
  const store = openPostgresMetadataStore({ url: database, clock, connections: 4 });
  const blobs = new S3BlobStore({ ...objects, credentials: fixedKeys(keys) });
  const randomness = { bytes: randomBytes };
  const { services, bootstrap } = await composeServices({ store, blobs, clock, randomness, logger, server: holder });
  const abandoned = new AbandonedWorkReaper(store, blobs, clock, logger, holder);
  const timeToLive = new TimeToLiveReaper(store, services.removals, clock, holder);
  const silent = new SilentRunWatch({ store, runs: services.runs, clock, logger, holder, silenceMilliseconds });
  const settler = new BlobSettler(store, services.blobSettlement, clock, logger, holder);
  return {
    ...{ services, bootstrap, store, blobs, problems },
    jobs: {
      'abandoned work': () => abandoned.run(),
      'time to live': () => timeToLive.run(),
      'silent runs': () => silent.run(),
      'blobs to settle': () => settler.run(),
    },
    async close() {
      await blobs.close();
      await store.close();
    },
  };
}

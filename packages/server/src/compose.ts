import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Configuration, TransferMode } from './config/configuration.ts';
import { registerRestFacade } from './facades/rest/register.ts';
import { registerWandbFacade } from './facades/wandb/register.ts';
import { createApp } from './http/app.ts';
import { AbandonedWorkReaper } from './jobs/abandoned-work-reaper.ts';
import { BlobSettler } from './jobs/blob-settler.ts';
import { EventRelay } from './jobs/event-relay.ts';
import { PeriodicJob } from './jobs/periodic-job.ts';
import { SilentRunWatch } from './jobs/silent-run-watch.ts';
import { TimeToLiveReaper } from './jobs/time-to-live-reaper.ts';
import type { BlobStore } from './ports/blob-store.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { MetadataStore } from './ports/metadata-store.ts';
import type { Randomness } from './ports/randomness.ts';
import { Access } from './services/access.ts';
import { Addresses } from './services/addresses.ts';
import { Announcements } from './services/announcements.ts';
import { ApiKeys } from './services/api-keys.ts';
import { Authentication } from './services/authentication.ts';
import { Automations } from './services/automations.ts';
import { BlobAccess } from './services/blob-access.ts';
import { BlobIntake } from './services/blob-intake.ts';
import { BlobSettlement } from './services/blob-settlement.ts';
import { Bootstrap } from './services/bootstrap.ts';
import { Collections } from './services/collections.ts';
import { Commits } from './services/commits.ts';
import { DirectUploads } from './services/direct-uploads.ts';
import { Directory } from './services/directory.ts';
import { Entities } from './services/entities.ts';
import { Idempotency } from './services/idempotency.ts';
import { Integrations } from './services/integrations.ts';
import { Invitations } from './services/invitations.ts';
import { Lineage } from './services/lineage.ts';
import { Links } from './services/links.ts';
import { ManifestIntake } from './services/manifest-intake.ts';
import { Manifests } from './services/manifests.ts';
import { Members } from './services/members.ts';
import { Projects } from './services/projects.ts';
import { Registries } from './services/registries.ts';
import { Removals } from './services/removals.ts';
import { RunFiles } from './services/run-files.ts';
import { Runs } from './services/runs.ts';
import { ServiceAccounts } from './services/service-accounts.ts';
import type { Services } from './services/services.ts';
import { SlowWork } from './services/slow-work.ts';
import { Tickets } from './services/tickets.ts';
import { Uploads } from './services/uploads.ts';
import { Users } from './services/users.ts';
import { VersionAccess } from './services/version-access.ts';
import { VersionDetails } from './services/version-details.ts';
import { VersionDrafts } from './services/version-drafts.ts';
import { VersionFiles } from './services/version-files.ts';
import { Versions } from './services/versions.ts';
import { WholeVersions } from './services/whole-versions.ts';

export interface Adapters {
  store: MetadataStore;
  blobs: BlobStore;
  clock: Clock;
  randomness: Randomness;
  logger: Logger;
  /** Names this server among those on the same stores, also after a restart. Default: a new name. */
  server?: string;
  /** Whether clients are sent to the storage of blobs, where it can do it. Default `direct`. */
  transfer?: TransferMode;
}

export const systemClock: Clock = { now: () => Date.now() };
export const systemRandomness: Randomness = { bytes: length => randomBytes(length) };

/** The use cases over a pair of stores, and the first start. */
export async function composeServices(adapters: Adapters): Promise<{ services: Services; bootstrap: Bootstrap }> {
  const { store, blobs, clock, randomness, logger, transfer = 'direct', server } = adapters;
  const access = new Access(store);
  const entities = new Entities(store, access, clock);
  const members = new Members(store, entities, clock);
  const users = new Users({ store, access, entities, members, clock });
  const apiKeys = new ApiKeys(store, users, clock, randomness);
  const accounts = { users, apiKeys, entities, members };
  const bootstrap = new Bootstrap({ store, ...accounts, randomness });
  const versionAccess = new VersionAccess(store, access);
  const blobAccess = new BlobAccess(store, access, versionAccess);
  const intake = new BlobIntake(store, blobs, clock, logger);
  const projects = new Projects(store, access, clock);
  const collections = new Collections(store, access, clock);
  const manifests = new Manifests(store, versionAccess, clock);
  const direct = transfer === 'direct';
  const directUploads = new DirectUploads({ store, blobs, intake, clock, offered: direct });
  const settlement = new BlobSettlement(store, blobs, clock, logger);
  const slowWork = new SlowWork(store, clock, server);
  const links = new Links({ store, access, projects, collections, versionAccess, clock });
  const commits = new Commits({ store, versionAccess, manifests, directUploads, settlement, slowWork, clock });
  const drafts = new VersionDrafts(store, collections, clock);
  const services: Services = {
    access,
    ...accounts,
    addresses: new Addresses(store, access, collections),
    announcements: new Announcements({ store, access, versionAccess, blobAccess, directUploads, clock }),
    authentication: new Authentication(store, clock, logger),
    automations: new Automations(store, access, collections, clock),
    blobAccess,
    blobSettlement: settlement,
    collections,
    commits,
    directory: new Directory(store),
    idempotency: new Idempotency(store, clock),
    integrations: new Integrations(store, access, clock),
    invitations: new Invitations(store, entities, members, clock),
    lineage: new Lineage(store, access, versionAccess, clock),
    links,
    manifestIntake: new ManifestIntake({ store, versionAccess, manifests, directUploads, clock }),
    manifests,
    projects,
    registries: new Registries(store, access, entities, clock),
    removals: new Removals(store, versionAccess, clock),
    runFiles: new RunFiles(store, access),
    runs: new Runs({ store, access, projects, clock, randomness }),
    serviceAccounts: new ServiceAccounts({
      store,
      ...accounts,
      clock,
      secret: await bootstrap.secret('first-key-secret'),
    }),
    slowWork,
    tickets: new Tickets(await bootstrap.secret('ticket-secret'), clock),
    uploads: new Uploads({ store, blobs, access, intake, directUploads, slowWork, clock }),
    versionAccess,
    versionDetails: new VersionDetails(store, access, versionAccess),
    versionFiles: new VersionFiles(store, blobs, versionAccess, direct),
    versions: new Versions({ store, projects, versionAccess, drafts, commits, clock }),
    wholeVersions: new WholeVersions({ store, projects, drafts, blobAccess, manifests, commits, links, slowWork }),
    checkReady: async () => {
      await store.checkWritable();
      await blobs.checkWritable();
    },
  };
  return { services, bootstrap };
}

/** The HTTP server with every façade. */
export async function composeApp(
  configuration: Configuration,
  services: Services,
  logger: Logger,
): Promise<FastifyInstance> {
  const app = createApp({
    services,
    logger,
    listenHost: configuration.host,
    publicUrl: configuration.publicUrl,
    allowedHosts: configuration.allowedHosts,
    trustedProxies: configuration.trustedProxies,
  });
  const facade = { services, logger, publicUrl: configuration.publicUrl };
  await app.register(registerRestFacade, facade);
  await app.register(registerWandbFacade, facade);
  await app.ready();
  return app;
}

/** Background work of one server. */
export function composeJobs(
  { store, blobs, clock, logger }: Adapters,
  services: Services,
  holder: string,
  { runSilenceMilliseconds: silenceMilliseconds }: Pick<Configuration, 'runSilenceMilliseconds'>,
): PeriodicJob[] {
  const relay = new EventRelay(store, clock, holder);
  const reaper = new AbandonedWorkReaper(store, blobs, clock, logger, holder);
  const timeToLive = new TimeToLiveReaper(store, services.removals, clock, holder);
  const silentRuns = new SilentRunWatch({ store, runs: services.runs, clock, logger, holder, silenceMilliseconds });
  const settler = new BlobSettler(store, services.blobSettlement, clock, logger, holder);
  return [
    // Where clients cannot send to the storage there is nothing to settle.
    ...(blobs.presigned ? [new PeriodicJob('blob-settler', 2_000, stop => settler.run(stop), logger)] : []),
    new PeriodicJob('event-relay', 1_000, () => relay.run(), logger),
    new PeriodicJob('abandoned-work-reaper', 10 * 60_000, () => reaper.run(), logger),
    new PeriodicJob('time-to-live-reaper', 60_000, () => timeToLive.run(), logger),
    new PeriodicJob('silent-run-watch', Math.min(30_000, silenceMilliseconds / 2), () => silentRuns.run(), logger),
  ];
}

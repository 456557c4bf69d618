import type { Access } from './access.ts';
import type { Accounts } from './accounts.ts';
import type { Addresses } from './addresses.ts';
import type { Authentication } from './authentication.ts';
import type { Automations } from './automations.ts';
import type { BlobAccess } from './blob-access.ts';
import type { Collections } from './collections.ts';
import type { Commits } from './commits.ts';
import type { Directory } from './directory.ts';
import type { Idempotency } from './idempotency.ts';
import type { Lineage } from './lineage.ts';
import type { Links } from './links.ts';
import type { ManifestIntake } from './manifest-intake.ts';
import type { Manifests } from './manifests.ts';
import type { Projects } from './projects.ts';
import type { Registries } from './registries.ts';
import type { Removals } from './removals.ts';
import type { RunFiles } from './run-files.ts';
import type { Runs } from './runs.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { Tickets } from './tickets.ts';
import type { Uploads } from './uploads.ts';
import type { VersionAccess } from './version-access.ts';
import type { VersionDetails } from './version-details.ts';
import type { VersionFiles } from './version-files.ts';
import type { Versions } from './versions.ts';

/** Every use case, as façades see them. */
export interface Services {
  access: Access;
  accounts: Accounts;
  addresses: Addresses;
  authentication: Authentication;
  automations: Automations;
  blobAccess: BlobAccess;
  collections: Collections;
  commits: Commits;
  directory: Directory;
  idempotency: Idempotency;
  lineage: Lineage;
  links: Links;
  manifestIntake: ManifestIntake;
  manifests: Manifests;
  projects: Projects;
  registries: Registries;
  removals: Removals;
  runFiles: RunFiles;
  runs: Runs;
  serviceAccounts: ServiceAccounts;
  tickets: Tickets;
  uploads: Uploads;
  versionAccess: VersionAccess;
  versionDetails: VersionDetails;
  versionFiles: VersionFiles;
  versions: Versions;
  /** Whether metadata and bytes can be written now; rejects with the reason. */
  checkReady(): Promise<void>;
}

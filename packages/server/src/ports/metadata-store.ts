import type { AccountsReader, AccountsWriter } from './metadata/accounts.ts';
import type { AutomationsReader, AutomationsWriter } from './metadata/automations.ts';
import type { BlobsReader, BlobsWriter } from './metadata/blobs.ts';
import type { CollectionsReader, CollectionsWriter } from './metadata/collections.ts';
import type { EventsReader, EventsWriter } from './metadata/events.ts';
import type { Foreseen } from './metadata/foreseen.ts';
import type { InstanceReader, InstanceWriter } from './metadata/instance.ts';
import type { InvitationsReader, InvitationsWriter } from './metadata/invitations.ts';
import type { ProjectsReader, ProjectsWriter } from './metadata/projects.ts';
import type { RunsReader, RunsWriter } from './metadata/runs.ts';
import type { SearchReader } from './metadata/search.ts';
import type { VersionsReader, VersionsWriter } from './metadata/versions.ts';

/** Reads committed data. Never call it inside a transaction: there, read through the transaction. */
export interface MetadataReader {
  accounts: AccountsReader;
  invitations: InvitationsReader;
  projects: ProjectsReader;
  collections: CollectionsReader;
  versions: VersionsReader;
  blobs: BlobsReader;
  runs: RunsReader;
  events: EventsReader;
  automations: AutomationsReader;
  instance: InstanceReader;
  search: SearchReader;
}

/** The only way to write. Lives as long as the callback of `transaction`. */
export interface MetadataTransaction {
  accounts: AccountsWriter;
  invitations: InvitationsWriter;
  projects: ProjectsWriter;
  collections: CollectionsWriter;
  versions: VersionsWriter;
  blobs: BlobsWriter;
  runs: RunsWriter;
  events: EventsWriter;
  automations: AutomationsWriter;
  instance: InstanceWriter;
  /** A fresh id, unique in the installation across all servers. */
  newId(): number;
  /** A fresh project id, under 2³¹ as the wandb client parses it. */
  newProjectId(): number;
}

/** Everything that is remembered, except bytes. */
export interface MetadataStore {
  readonly name: string;
  readonly read: MetadataReader;
  /**
   * Runs `work` in one transaction: all of it is durable when the promise resolves, none of it where it rejects.
   * `work` awaits only the transaction (no network, no blobs, no `read`), and may run again when the database asks for it.
   * An error of the database (`ALREADY_EXISTS` too) ends the transaction for good: catch it outside, then begin anew.
   * @param foreseen lets it share a transaction of the database with others that come at the same time. It fails or
   *   succeeds for itself all the same, and may run more than once.
   */
  transaction<T>(work: (tx: MetadataTransaction) => Promise<T>, foreseen?: Foreseen): Promise<T>;
  /** Brings the schema up to date. @throws RegistryError `CONFLICT` where the data is newer than this build. */
  migrate(): Promise<void>;
  checkWritable(): Promise<void>;
  close(): Promise<void>;
}

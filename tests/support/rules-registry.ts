import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { composeServices } from '../../packages/server/src/compose.ts';
import type { Collection } from '../../packages/server/src/domain/collections.ts';
import { md5HexToBase64 } from '../../packages/server/src/domain/digests.ts';
import { ManifestDigest } from '../../packages/server/src/domain/manifests.ts';
import type { Principal } from '../../packages/server/src/domain/policy.ts';
import type { MemberRole } from '../../packages/server/src/domain/roles.ts';
import type { Version } from '../../packages/server/src/domain/versions.ts';
import type { BlobStore } from '../../packages/server/src/ports/blob-store.ts';
import type { Logger } from '../../packages/server/src/ports/logger.ts';
import type { MetadataStore } from '../../packages/server/src/ports/metadata-store.ts';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import type { AccessibleCollection } from '../../packages/server/src/services/collections.ts';
import type { Services } from '../../packages/server/src/services/services.ts';
import type { VersionDraft } from '../../packages/server/src/services/version-drafts.ts';
import { type OpenStores, openStores } from './stores.ts';

export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The use cases over the stores under test, with the first start done and time in the test's hands. */
export class RulesRegistry {
  readonly services: Services;
  readonly store: MetadataStore;
  readonly blobs: BlobStore;
  readonly clock: { now(): number; time: number };
  /** admin of organization `weighhouse` and team `research`, not acting as instance administrator */
  readonly admin: Caller;

  readonly #close: OpenStores['close'];

  private constructor(parts: {
    services: Services;
    store: MetadataStore;
    blobs: BlobStore;
    clock: { now(): number; time: number };
    admin: Caller;
    close: OpenStores['close'];
  }) {
    this.services = parts.services;
    this.store = parts.store;
    this.blobs = parts.blobs;
    this.clock = parts.clock;
    this.admin = parts.admin;
    this.#close = parts.close;
  }

  static async open(): Promise<RulesRegistry> {
    const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time };
    const { store, blobs, close } = await openStores({ clock });
    const { services, bootstrap } = await composeServices({
      store,
      blobs,
      clock,
      randomness: { bytes: randomBytes },
      logger: silent,
    });
    const made = await bootstrap.run(undefined);
    const admin = { principal: await services.authentication.byKey(made?.secret, false), requestId: 'test' };
    return new RulesRegistry({ services, store, blobs, clock, admin, close });
  }

  /** Somebody with a key, in the organization, the team, both or neither. */
  async person(username: string, roles: { organization?: MemberRole; team?: MemberRole } = {}): Promise<Caller> {
    const { apiKeys, members, users, authentication } = this.services;
    await users.createUser(this.asInstanceAdmin(), { username });
    if (roles.organization)
      await members.setMember(this.admin, 'organization', 'weighhouse', username, roles.organization);
    if (roles.team) await members.setMember(this.admin, 'team', 'research', username, roles.team);
    const { secret } = await apiKeys.createKey(this.asInstanceAdmin(), username, {});
    return { principal: await authentication.byKey(secret, false), requestId: 'test' };
  }

  /** The use cases of another server on the same stores. */
  async anotherServer(): Promise<Services> {
    const { store, blobs, clock } = this;
    const randomness = { bytes: randomBytes };
    return (await composeServices({ store, blobs, clock, randomness, logger: silent })).services;
  }

  asInstanceAdmin(): Caller {
    const principal: Principal = { ...this.admin.principal, instanceAdmin: true };
    return { principal, requestId: 'test' };
  }

  /** Logs a version as the wandb client does: begin, announce, send, manifest, commit. */
  async log(
    files: Record<string, string>,
    options: Partial<VersionDraft> = {},
    caller: Caller = this.admin,
  ): Promise<Version> {
    const pending = await this.begin(files, options, caller);
    if (pending.version.state === 'committed') return pending.version;
    await this.send(pending.version, files, caller);
    return this.services.commits.commit(caller, pending.version.id);
  }

  async begin(
    files: Record<string, string>,
    options: Partial<VersionDraft> = {},
    caller: Caller = this.admin,
  ): Promise<{ version: Version; collection: Collection }> {
    return this.services.versions.begin(caller, {
      entity: 'research',
      project: 'digits',
      type: 'model',
      name: 'classifier',
      digest: digestOf(files),
      run: null,
      aliases: [],
      tags: [],
      description: null,
      metadata: null,
      ttlSeconds: null,
      historyStep: null,
      clientId: null,
      sequenceClientId: null,
      distributedId: null,
      ...options,
    });
  }

  /** Sends files and the full manifest of a pending version. */
  async send(version: Version, files: Record<string, string>, caller: Caller = this.admin): Promise<void> {
    const { announcements, uploads, manifests } = this.services;
    const { draft } = await announcements.announceManifest(caller, version.id, {
      kind: 'full',
      name: 'wandb_manifest.json',
      baseVersionId: null,
      fileMd5: null,
    });
    const announced = Object.entries(files).map(([path, text]) => ({ path, md5: md5(text), partMd5s: null }));
    const placements = await announcements.announceFiles(caller, version.id, announced);
    for (const [i, { path }] of announced.entries()) {
      const upload = placements[i]?.upload;
      if (upload) await uploads.receiveFile(caller, upload, Readable.from([Buffer.from(files[path] ?? '')]), {});
    }
    await manifests.receive(caller, version, draft, entriesOf(files));
  }

  async artifact(name = 'classifier', caller: Caller = this.admin): Promise<AccessibleCollection> {
    return this.services.collections.get(caller, 'research', 'digits', name);
  }

  async model(name: string, caller: Caller = this.admin): Promise<AccessibleCollection> {
    return this.services.collections.get(caller, 'weighhouse', 'wandb-registry-model', name);
  }

  /** Which version number each alias of a collection points at. */
  async aliases(found: AccessibleCollection): Promise<Record<string, number>> {
    const { items } = await this.services.collections.listAliases(found, { limit: 100 });
    const entries = await Promise.all(
      items.map(async ({ alias, membershipId }) => {
        const membership = await this.store.read.collections.findMembership(membershipId);
        return [alias, membership?.number ?? -1] as const;
      }),
    );
    return Object.fromEntries(entries);
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

export function digestOf(files: Record<string, string>): string {
  const digest = new ManifestDigest();
  const paths = Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const path of paths) digest.add({ path, digest: md5HexToBase64(md5(files[path] ?? '')) });
  return digest.hex();
}

async function* entriesOf(files: Record<string, string>) {
  yield Object.entries(files).map(([path, text]) => ({
    path,
    digest: md5HexToBase64(md5(text)),
    size: Buffer.byteLength(text),
    ref: null,
    extra: null,
    birthVersionId: null,
  }));
}

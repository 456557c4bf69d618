import type { Alias, Collection, Membership } from '../../../domain/collections.ts';
import type { ManifestSummary, ResolvedEntry } from '../../../domain/manifests.ts';
import type { MetadataRow } from '../../../domain/metadata.ts';
import type { Version } from '../../../domain/versions.ts';
import type { AliasWithPlace } from '../alias-table.ts';
import type { AppendedRows } from '../appended-rows.ts';
import type { SqlDialect } from '../dialect.ts';
import { holdsNul } from '../prepared-query.ts';
import type { Database } from '../schema.ts';
import { type Session, usualReach } from '../session.ts';
import { SqlBlobs } from '../sql-blobs.ts';
import { SqlCollections } from '../sql-collections.ts';
import { SqlProjects } from '../sql-projects.ts';
import { SqlRuns } from '../sql-runs.ts';
import { SqlVersions } from '../sql-versions.ts';
import { type ForeseenRows, keyOf } from './foreseen-rows.ts';
import { JointWrites } from './joint-writes.ts';
import { Overlay } from './overlay.ts';

/** What a member asks is not among the rows that were read for all: it has to run by itself. */
class NotForeseen extends Error {}

/** The rows of a joint transaction as one of its members sees them, and what that one writes. */
export class JointMember implements Session {
  readonly dialect: SqlDialect;
  /** all that a member sees is held already */
  readonly locksRows = false;
  readonly reach = usualReach;
  readonly shared = undefined;
  readonly held = new Set<string>();
  readonly rows: ForeseenRows;
  readonly nextNumbers: Overlay<number, number>;
  readonly aliases: Overlay<string, AliasWithPlace | null>;
  readonly places: Overlay<number, Membership>;
  readonly areNew: Overlay<string, boolean>;
  readonly manifests: Overlay<string, ManifestSummary | null>;
  readonly #writes = new JointWrites();
  #hasLeft = false;
  #isOver = false;

  constructor(dialect: SqlDialect, rows: ForeseenRows) {
    this.dialect = dialect;
    this.rows = rows;
    this.nextNumbers = new Overlay(rows.nextNumbers);
    this.aliases = new Overlay(rows.aliases);
    this.places = new Overlay(rows.places);
    this.areNew = new Overlay(rows.areNew);
    this.manifests = new Overlay(rows.manifests);
  }

  /** @throws Error once it is over */
  get writes(): JointWrites {
    if (this.#isOver) throw ended();
    return this.#writes;
  }

  get appended(): AppendedRows {
    return this.writes.appended;
  }

  /** It asked for what was not foreseen, whatever it made of the error. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Everything that is not answered from the rows asks for the database, which is not a member's. */
  get db(): Database {
    if (this.#isOver) throw ended();
    return this.leave();
  }

  leave(): never {
    this.#hasLeft = true;
    throw new NotForeseen();
  }

  fail(error: Error): never {
    this.#hasLeft = true;
    throw error;
  }

  /** To be called when its work is done. */
  end(): void {
    this.#isOver = true;
  }

  /** Lets those that come after see what this one wrote. */
  keep(all: JointWrites): void {
    this.requireStorable(...this.#writes.appended.values());
    for (const overlay of [this.nextNumbers, this.aliases, this.places, this.areNew, this.manifests]) overlay.keep();
    all.add(this.#writes);
  }

  /** What the database would turn down, with all members, is left to the one that brings it. */
  requireStorable(...values: unknown[]): void {
    if (!this.dialect.keepsNul && values.some(holdsNul)) this.leave();
  }
}

function ended(): Error {
  return new Error('This transaction has ended; nothing can be done through it any more.');
}

export class JointCollections extends SqlCollections {
  readonly #member: JointMember;

  constructor(member: JointMember) {
    super(member);
    this.#member = member;
  }

  override async findCollectionByName(projectId: number, name: string): Promise<Collection | undefined> {
    return this.#member.rows.collections.get(keyOf(projectId, name)) ?? this.#member.leave();
  }

  override async findMembershipIn(collectionId: number, id: number): Promise<Membership | undefined> {
    const place = this.#member.places.get(id);
    return place?.collectionId === collectionId ? place : this.#member.leave();
  }

  override async findAliasWithPlace(collectionId: number, alias: string): Promise<AliasWithPlace | undefined> {
    const found = this.#member.aliases.get(keyOf(collectionId, alias));
    return found === undefined ? this.#member.leave() : (found ?? undefined);
  }

  override async findLastRevision(collectionId: number, alias: string): Promise<number> {
    return this.#member.rows.lastRevisions.get(keyOf(collectionId, alias)) ?? this.#member.leave();
  }

  override async takeNumber(collectionId: number, at: number): Promise<number> {
    const number = this.#member.nextNumbers.get(collectionId) ?? this.#member.leave();
    this.#member.nextNumbers.set(collectionId, number + 1);
    this.#member.writes.takeNumber(collectionId, at);
    return number;
  }

  override async insertMembership(membership: Membership): Promise<void> {
    this.#member.places.set(membership.id, membership);
    this.#member.writes.memberships.push(membership);
  }

  override async putAlias(alias: Alias): Promise<void> {
    const place = this.#member.places.get(alias.membershipId) ?? this.#member.leave();
    this.#member.aliases.set(keyOf(alias.collectionId, alias.alias), { alias, place });
    this.#member.writes.putAlias(alias);
  }

  override async addVersionTags(versionId: number, added: string[]): Promise<void> {
    this.#member.writes.tags.push(...added.map(tag => ({ versionId, tag })));
  }
}

export class JointVersions extends SqlVersions {
  readonly #member: JointMember;

  constructor(member: JointMember) {
    super(member);
    this.#member = member;
  }

  override async findCommittedByDigest(collectionId: number, digest: string): Promise<Version | undefined> {
    return this.#member.areNew.get(keyOf(collectionId, digest)) ? undefined : this.#member.leave();
  }

  override async findSealedManifest(identity: string, digest: string): Promise<ManifestSummary | undefined> {
    const found = this.#member.manifests.get(keyOf(identity, digest));
    return found === undefined ? this.#member.leave() : (found ?? undefined);
  }

  override async insertSealedManifest(manifest: ManifestSummary, entries: ResolvedEntry[], at: number): Promise<void> {
    // bytes that nobody has hashed are held first, and a path may be too long for an index
    if (entries.some(({ blobId, sha256, path }) => (blobId !== null && sha256 === null) || path.length > longPath))
      this.#member.leave();
    for (const { path, digest, ref, extra } of entries) this.#member.requireStorable(path, digest, ref, extra);
    this.#member.manifests.set(keyOf(manifest.identity, manifest.digest), manifest);
    this.#member.writes.manifests.push({ manifest, entries, at });
  }

  override async insertVersion(version: Version, metadata: MetadataRow[] = []): Promise<void> {
    if (version.state !== 'committed' || version.digest === null) this.#member.leave();
    this.#member.requireStorable(version.description, version.metadata);
    this.#member.areNew.set(keyOf(version.collectionId, version.digest ?? ''), false);
    this.#member.writes.versions.push({ version, metadata });
  }

  /** of a version that the same member inserted */
  override async updateVersion(id: number, changes: Partial<Omit<Version, 'id' | 'projectId'>>): Promise<void> {
    const { versions } = this.#member.writes;
    const index = versions.findIndex(({ version }) => version.id === id);
    const inserted = versions[index] ?? this.#member.leave();
    versions[index] = { ...inserted, version: { ...inserted.version, ...changes } };
  }
}

/** UTF-16 units; well under what an index takes, however many bytes each has */
const longPath = 800;

export class JointProjects extends SqlProjects {
  readonly #member: JointMember;

  constructor(member: JointMember) {
    super(member);
    this.#member = member;
  }

  override async listAcceptedTypes(projectId: number): Promise<string[]> {
    return this.#member.rows.acceptedTypes.get(projectId) ?? this.#member.leave();
  }
}

export class JointBlobs extends SqlBlobs {
  readonly #member: JointMember;

  constructor(member: JointMember) {
    super(member);
    this.#member = member;
  }

  override async addUsage(entityId: number, change: { logicalBytes?: number; physicalBytes?: number }): Promise<void> {
    this.#member.writes.addUsage(entityId, change);
  }
}

export class JointRuns extends SqlRuns {
  readonly #member: JointMember;

  constructor(member: JointMember) {
    super(member);
    this.#member = member;
  }

  /** of a version that the same member inserted, so it is new */
  override async addOutput(runId: number, versionId: number, at: number): Promise<boolean> {
    const { writes } = this.#member;
    if (!writes.versions.some(({ version }) => version.id === versionId)) this.#member.leave();
    writes.outputs.push({ runId, versionId, at });
    return true;
  }
}

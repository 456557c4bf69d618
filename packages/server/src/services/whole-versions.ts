import { createHash } from 'node:crypto';
import { latest } from '../domain/aliases.ts';
import { md5HexToBase64 } from '../domain/digests.ts';
import { comparePaths, type ResolvedEntry } from '../domain/manifests.ts';
import { collectionName, shown } from '../domain/names.ts';
import { versionPath } from '../domain/paths.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Foreseen } from '../ports/metadata/foreseen.ts';
import type { FoundPlace } from '../ports/metadata/search.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { BlobAccess } from './blob-access.ts';
import type { Caller } from './caller.ts';
import type { AccessibleCollection } from './collections.ts';
import type { Commits } from './commits.ts';
import type { Link, Links, NewLink } from './links.ts';
import { lookAgain } from './look-again.ts';
import type { Manifests, PreparedManifest } from './manifests.ts';
import type { Projects } from './projects.ts';
import { manyEntries, type SlowWork } from './slow-work.ts';
import type { VersionDraft, VersionDrafts } from './version-drafts.ts';

/** Files of a version that may share a transaction with others, who wait for it. */
const few = 50;

/** A file of a version that our own API creates at once. */
export interface VersionFile {
  path: string;
  /** lower-case hex */
  sha256: string;
}

/** A version that comes whole has no digest, and no ids by which parts of it would be found. */
export interface WholeDraft extends Omit<VersionDraft, 'digest' | 'clientId' | 'sequenceClientId' | 'distributedId'> {
  files: VersionFile[];
  references: VersionReference[];
  /** made in the transaction that commits the version: both or neither */
  links: NewLink[];
}

/** A reference to bytes that live elsewhere; the server never fetches it. */
export interface VersionReference {
  path: string;
  uri: string;
  digest: string;
  size?: number;
}

export interface CreatedVersion extends FoundPlace {
  /** the artifact it is in */
  found: AccessibleCollection;
  /** false where one with these contents was there */
  created: boolean;
  links: Link[];
  /** what is shown beside it */
  beside: { aliases: string[]; tags: string[]; username: string | null };
}

/** Versions that come whole, in one request, as our own API makes them. Those that come in steps are in `Versions`. */
export class WholeVersions {
  readonly #store: MetadataStore;
  readonly #projects: Projects;
  readonly #drafts: VersionDrafts;
  readonly #blobAccess: BlobAccess;
  readonly #manifests: Manifests;
  readonly #commits: Commits;
  readonly #links: Links;
  readonly #slowWork: SlowWork;

  constructor(parts: {
    store: MetadataStore;
    projects: Projects;
    drafts: VersionDrafts;
    blobAccess: BlobAccess;
    manifests: Manifests;
    commits: Commits;
    links: Links;
    slowWork: SlowWork;
  }) {
    this.#store = parts.store;
    this.#projects = parts.projects;
    this.#drafts = parts.drafts;
    this.#blobAccess = parts.blobAccess;
    this.#manifests = parts.manifests;
    this.#commits = parts.commits;
    this.#links = parts.links;
    this.#slowWork = parts.slowWork;
  }

  /**
   * Creates and commits a version at once from files whose bytes were uploaded before. The same again gives the same
   * version, and joins what still runs.
   * @throws RegistryError `BUSY` while it runs on
   */
  async create(caller: Caller, draft: WholeDraft): Promise<CreatedVersion> {
    const create = () => this.#create(caller, draft);
    if (draft.files.length + draft.references.length < manyEntries) return create();
    const asked = createHash('sha256').update(JSON.stringify(draft));
    return this.#slowWork.join(`create ${asked.digest('hex')} for ${caller.principal.userId}`, async slow => {
      slow();
      return create();
    });
  }

  async #create(caller: Caller, draft: WholeDraft): Promise<CreatedVersion> {
    const home = await this.#projects.ensure(caller, draft.entity, draft.project, 'version.log');
    const links = await this.#links.check(home, draft.links);
    const full = { ...draft, digest: null, clientId: null, sequenceClientId: null, distributedId: null };
    const asked = await this.#drafts.pending(caller, home, full);
    const manifest = await this.#manifests.prepare(await this.#entries(caller, draft));
    const foreseen = this.#foresee(asked, collectionName(draft.name), manifest, links);
    const put = async (tx: MetadataTransaction) => {
      const collection = await this.#drafts.artifact(tx, caller, home, full);
      const found = { ...home, collection };
      const version = { ...asked, id: tx.newId(), collectionId: collection.id };
      const existing = await tx.versions.findCommittedByDigest(collection.id, manifest.digest);
      if (!existing) {
        const sealed = await this.#commits.sealNew(tx, caller, version, found, await manifest.put(tx));
        return this.#linked({ ...sealed, found, created: true }, links, (made, link) =>
          this.#links.linkNew(tx, caller, made, collection, link),
        );
      }
      await this.#commits.requireSameContents(tx, existing, { ...manifest, id: 0 }, collection);
      const membership = await this.#commits.reuse(tx, caller, version, existing, collection, version.createdAt);
      return this.#linked({ version: existing, membership, found, created: false }, links, ({ id }, link) =>
        this.#links.linkCommitted(tx, caller, id, collection, link),
      );
    };
    const done = await lookAgain(() => this.#store.transaction(put, foreseen));
    return { ...done, beside: await this.#beside(caller, done) };
  }

  /** What putting down a version of contents that are new will look at; undefined for one of more than a few files. */
  #foresee(
    { projectId, requestedAliases }: Version,
    name: string,
    { digest, identity, fileCount }: PreparedManifest,
    links: readonly NewLink[],
  ): Foreseen | undefined {
    if (fileCount > few) return undefined;
    const linking = this.#links.foresee(links);
    const artifact = { projectId, name, aliases: [latest, ...requestedAliases], digest };
    return { ...linking, collections: [artifact, ...linking.collections], manifest: { identity, digest } };
  }

  /** Linking may change the version: each link is made of what the one before left. */
  async #linked(
    made: Omit<CreatedVersion, 'links' | 'beside'>,
    asked: readonly NewLink[],
    link: (version: Version, asked: NewLink) => Promise<Link>,
  ): Promise<Omit<CreatedVersion, 'beside'>> {
    const links: Link[] = [];
    let { version } = made;
    for (const one of asked) {
      const linked = await link(version, one);
      links.push(linked);
      version = linked.version;
    }
    return { ...made, version, links };
  }

  /** Of a version that was just made, what was asked for is all there is. */
  async #beside(
    caller: Caller,
    { created, membership, version }: Pick<CreatedVersion, 'created' | 'membership' | 'version'>,
  ): Promise<CreatedVersion['beside']> {
    if (!created) {
      const of = { membershipId: membership.id, versionId: version.id, userId: version.createdBy };
      return this.#store.read.collections.findBeside(of);
    }
    const aliases = [...new Set([latest, ...version.requestedAliases])].sort(comparePaths);
    const tags = [...new Set(version.requestedTags)].sort(comparePaths);
    return { aliases, tags, username: caller.principal.username };
  }

  async #entries(caller: Caller, { files, references }: WholeDraft): Promise<ResolvedEntry[]> {
    const blobs = await this.#blobAccess.usable(
      caller,
      files.map(({ sha256 }) => sha256),
    );
    const entries: ResolvedEntry[] = files.map(({ path, sha256 }) => {
      const blob = blobs.get(sha256);
      if (!blob) {
        throw new RegistryError(
          'BLOB_UNKNOWN',
          `The bytes of "${shown(path)}" (sha256 ${sha256}) were not uploaded by you; upload them first.`,
        );
      }
      return {
        path: versionPath(path),
        digest: md5HexToBase64(blob.md5),
        size: blob.size,
        blobId: blob.id,
        sha256,
        ref: null,
        extra: null,
        birthVersionId: null,
      };
    });
    for (const { path, uri, digest, size } of references) {
      entries.push({
        path: versionPath(path),
        digest,
        size: size ?? 0,
        blobId: null,
        sha256: null,
        ref: uri,
        extra: null,
        birthVersionId: null,
      });
    }
    if (new Set(entries.map(({ path }) => path)).size < entries.length) {
      throw new RegistryError('MANIFEST_INVALID', 'Every path may stand once in a version.');
    }
    return entries;
  }
}

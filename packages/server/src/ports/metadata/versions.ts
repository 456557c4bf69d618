import type { ManifestKind, ManifestSummary, ResolvedEntry } from '../../domain/manifests.ts';
import type { MetadataRow } from '../../domain/metadata.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Version } from '../../domain/versions.ts';

/** One manifest as a client announced it for a pending version; its entries are rows as soon as it was received. */
export interface ManifestDraft {
  id: number;
  versionId: number;
  kind: ManifestKind;
  name: string;
  /** base64 MD5 of the manifest's own bytes, once announced */
  fileDigest: string | null;
  baseVersionId: number | null;
  /** where its entries are; null until received */
  manifestId: number | null;
  createdAt: number;
}

/** Where the bytes of an entry are; `sha256` is null while nobody has hashed them. */
export type FoundBytes = Pick<ResolvedEntry, 'path' | 'size' | 'sha256'> & { blobId: number };

export interface EntryBlob extends ResolvedEntry {
  physicalKey: string | null;
}

export interface VersionsReader {
  findVersion(id: number): Promise<Version | undefined>;
  findVersions(ids: number[]): Promise<Version[]>;
  /** what a client-chosen id stands for, for ever; a merged version's id leads to the winner's row by `mergedInto` */
  findByClientId(clientId: string): Promise<{ kind: 'version' | 'artifact'; id: number } | undefined>;
  findCommittedByDigest(collectionId: number, digest: string): Promise<Version | undefined>;
  findPendingDistributed(collectionId: number, distributedId: string): Promise<Version | undefined>;
  listExpiredPending(before: number, limit: number): Promise<number[]>;
  /** committed versions whose time to live ended by `now` and that no registered model links */
  listPastTimeToLive(now: number, limit: number): Promise<number[]>;

  /** a sealed one: until then there is nothing to sum up */
  findManifest(id: number): Promise<ManifestSummary | undefined>;
  findSealedManifest(identity: string, digest: string): Promise<ManifestSummary | undefined>;
  findDraft(id: number): Promise<ManifestDraft | undefined>;
  listDrafts(versionId: number): Promise<ManifestDraft[]>;
  /** whether these manifests have at least so many entries together, sealed or not */
  haveEntries(manifestIds: number[], atLeast: number): Promise<boolean>;
  /** entries in byte order of their paths */
  listEntries(
    manifestId: number,
    page: PageRequest,
    filter?: { paths?: string[]; prefix?: string },
  ): Promise<Page<EntryBlob>>;
  findEntry(manifestId: number, path: string): Promise<EntryBlob | undefined>;
  /** Unsealed manifests that were begun before then and belong to no pending version that was touched since, the oldest first. */
  listUnsealedInVain(before: number, limit: number): Promise<number[]>;
  /** entries with this base64 digest that hold bytes */
  findEntriesByDigest(manifestId: number, digests: string[]): Promise<EntryBlob[]>;
  /** whether two manifests have the same paths with the same bytes and references */
  haveSameEntries(manifestId: number, otherId: number): Promise<boolean>;
}

export interface VersionsWriter extends VersionsReader {
  /** `metadata`: what it is found by */
  insertVersion(version: Version, metadata?: MetadataRow[]): Promise<void>;
  /** The row under a lock that lasts to the end of the transaction. */
  lockVersion(id: number): Promise<Version | undefined>;
  updateVersion(id: number, changes: Partial<Omit<Version, 'id' | 'projectId'>>): Promise<void>;
  insertClientId(clientId: string, kind: 'version' | 'artifact', id: number): Promise<boolean>;
  putMetadataRows(versionId: number, rows: MetadataRow[]): Promise<void>;

  insertManifest(manifest: { id: number; createdAt: number }): Promise<void>;
  /** A manifest that comes whole, sealed from the start. */
  insertSealedManifest(manifest: ManifestSummary, entries: ResolvedEntry[], at: number): Promise<void>;
  /**
   * Adds or replaces entries by path, the last one of a path. Bytes that turned out to be those of another blob are then
   * that one's, here and below. @throws RegistryError `IMMUTABLE` once it is sealed, `NOT_FOUND`
   */
  putEntries(manifestId: number, entries: ResolvedEntry[]): Promise<void>;
  /** Says where the bytes of entries are. @throws RegistryError `NOT_FOUND` for a path the manifest lacks, `IMMUTABLE` once it is sealed */
  resolveEntries(manifestId: number, found: FoundBytes[]): Promise<void>;
  sealManifest(manifest: ManifestSummary, at: number): Promise<void>;
  /**
   * Removes at most so many entries of an unsealed manifest, and with the last of them the manifest; true once it is gone.
   * @throws RegistryError `IMMUTABLE` once it is sealed: others may share it
   */
  deleteManifest(id: number, limit: number): Promise<boolean>;
  insertDraft(draft: ManifestDraft): Promise<void>;
  updateDraft(
    id: number,
    changes: { fileDigest?: string; baseVersionId?: number | null; manifestId?: number },
  ): Promise<void>;
}

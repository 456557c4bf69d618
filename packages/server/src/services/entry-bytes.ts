import { md5HexToBase64 } from '../domain/digests.ts';
import type { ManifestEntry, ResolvedEntry } from '../domain/manifests.ts';
import { shown } from '../domain/names.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { ManifestDraft } from '../ports/metadata/versions.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';
import type { VersionAccess } from './version-access.ts';

/** An entry as a client sends it, before its bytes are looked up. */
export type IncomingEntry = Omit<ManifestEntry, 'blobId'>;

/** Finds the bytes of entries: just uploaded, or in the version it was built on, or in the one that first held them. */
export class EntryBytes {
  readonly #store: MetadataStore;
  readonly #versions: VersionAccess;

  constructor(store: MetadataStore, versions: VersionAccess) {
    this.#store = store;
    this.#versions = versions;
  }

  /** @throws RegistryError `SIZE_MISMATCH` */
  async resolve(
    caller: Caller,
    version: Version,
    draft: ManifestDraft,
    entries: IncomingEntry[],
  ): Promise<ResolvedEntry[]> {
    const files = entries.filter(({ ref }) => ref === null);
    const found = await this.#findStaged(version, files);
    const left = found.size < files.length ? files.filter(({ path }) => !found.has(path)) : [];
    for (const sourceId of new Set([
      draft.baseVersionId,
      version.baseVersionId,
      ...left.map(one => one.birthVersionId),
    ])) {
      if (sourceId === null || sourceId === version.id || left.length === 0) continue;
      for (const { path, ...bytes } of await this.#findIn(caller, sourceId, left)) {
        if (!found.has(path)) found.set(path, bytes);
      }
    }
    return entries.map(entry => {
      const bytes = entry.ref === null ? found.get(entry.path) : undefined;
      if (!bytes) return { ...entry, blobId: null, sha256: null };
      requireSize(entry, bytes.size);
      return { ...entry, size: bytes.size, blobId: bytes.blobId, sha256: bytes.sha256 };
    });
  }

  async #findStaged(version: Version, files: IncomingEntry[]): Promise<Map<string, Bytes>> {
    const found = new Map<string, Bytes>();
    if (files.length === 0) return found;
    const paths = files.map(({ path }) => path);
    const staged = await this.#store.read.blobs.listStaged(version.id, paths);
    const byPath = new Map(staged.map(one => [one.path, one]));
    for (const { path, digest } of files) {
      const upload = byPath.get(path);
      if (!upload || md5HexToBase64(upload.md5) !== digest) continue;
      found.set(path, upload);
    }
    return found;
  }

  async #findIn(caller: Caller, versionId: number, files: IncomingEntry[]): Promise<(Bytes & { path: string })[]> {
    if (!(await this.#versions.mayReadFiles(caller, versionId))) return [];
    const version = await this.#versions.getFiles(caller, versionId);
    if (version.manifestId === null) return [];
    const entries = await this.#store.read.versions.findEntriesByDigest(version.manifestId, [
      ...new Set(files.map(({ digest }) => digest)),
    ]);
    const byDigest = new Map(entries.map(entry => [entry.digest, entry]));
    return files.flatMap(({ path, digest }) => {
      const entry = byDigest.get(digest);
      return entry?.blobId ? [{ path, blobId: entry.blobId, size: entry.size, sha256: entry.sha256 }] : [];
    });
  }
}

interface Bytes {
  blobId: number;
  size: number;
  sha256: string | null;
}

function requireSize(entry: IncomingEntry, size: number): void {
  // the client writes 0 where it does not know
  if (entry.size === 0 || entry.size === size) return;
  throw new RegistryError(
    'SIZE_MISMATCH',
    `The manifest gives "${shown(entry.path)}" ${entry.size} bytes, but ${size} were uploaded.`,
  );
}

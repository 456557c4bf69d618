import { requireSha256 } from '../domain/digests.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import type { VersionAccess } from './version-access.ts';

/**
 * Knowing a digest grants nothing: bytes may be used again by who uploaded them, or who may read a committed version
 * that holds them. Everything else answers like bytes that do not exist.
 */
export class BlobAccess {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #versions: VersionAccess;

  constructor(store: MetadataStore, access: Access, versions: VersionAccess) {
    this.#store = store;
    this.#access = access;
    this.#versions = versions;
  }

  /** Those of the blobs that the caller may put into a version, by SHA-256. */
  async usable(caller: Caller, sha256s: string[]): Promise<Map<string, Blob>> {
    const usable = new Map<string, Blob>();
    for (const sha256 of new Set(sha256s)) {
      const blob = await this.#store.read.blobs.findBlobBySha256(requireSha256(sha256));
      if (!blob) continue;
      const own = await this.#store.read.blobs.hasUploaded(caller.principal.userId, blob.id);
      if (own || (await this.readableHolder(caller, blob.id)) !== undefined) usable.set(sha256, blob);
    }
    return usable;
  }

  /** A committed version that holds the blob and that the caller may read. */
  async readableHolder(caller: Caller, blobId: number): Promise<number | undefined> {
    const holders = await this.#store.read.blobs.listHoldingProjects([blobId]);
    const readable = await this.#access.readable(
      caller,
      holders.map(({ projectId }) => projectId),
    );
    const direct = holders.find(({ projectId }) => {
      const role = readable.get(projectId)?.role;
      return role !== undefined && role !== 'restricted_viewer';
    });
    if (direct) return direct.versionId;
    for (const { versionId } of holders) if (await this.#versions.mayReadFiles(caller, versionId)) return versionId;
    return undefined;
  }

  /**
   * For each MD5 whose bytes a client need not send: the blob, and a readable committed version that holds it. An MD5
   * that stands for two SHA-256s is never among them.
   */
  async alreadyHeld(
    caller: Caller,
    md5s: string[],
    projectId: number,
  ): Promise<Map<string, { blob: Blob; versionId: number }>> {
    const held = new Map<string, { blob: Blob; versionId: number }>();
    const blobs = await this.#store.read.blobs.findUnambiguousByMd5([...new Set(md5s)]);
    if (blobs.length === 0) return held;
    const byId = new Map(blobs.map(blob => [blob.id, blob]));
    for (const { blobId, versionId } of await this.#store.read.blobs.findHolders([...byId.keys()], projectId)) {
      const blob = byId.get(blobId);
      if (blob && byId.delete(blobId)) held.set(blob.md5, { blob, versionId });
    }
    // The project itself is readable to whoever logs there; elsewhere each project is asked for.
    const elsewhere = byId.size === 0 ? [] : await this.#store.read.blobs.listHoldingProjects([...byId.keys()]);
    const readable = await this.#access.readable(
      caller,
      elsewhere.map(one => one.projectId),
    );
    for (const { blobId, projectId: home, versionId } of elsewhere) {
      const role = readable.get(home)?.role;
      const blob = byId.get(blobId);
      if (blob && role !== undefined && role !== 'restricted_viewer' && byId.delete(blobId))
        held.set(blob.md5, { blob, versionId });
    }
    return held;
  }

  /** Bytes that the caller may still read: a role that was taken away closes addresses that were given out before. */
  async get(caller: Caller, id: number): Promise<Blob> {
    const blob = await this.#store.read.blobs.findBlob(id);
    if (!blob || (await this.readableHolder(caller, blob.id)) === undefined) {
      throw new RegistryError('NOT_FOUND', 'There are no such bytes, or you may not read them.');
    }
    return blob;
  }
}

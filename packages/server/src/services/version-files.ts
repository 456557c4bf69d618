import { md5Base64ToHex } from '../domain/digests.ts';
import { shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { BlobReader, BlobStore, ByteRange } from '../ports/blob-store.ts';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { EntryBlob } from '../ports/metadata/versions.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';
import type { VersionAccess } from './version-access.ts';

/** An address in the storage is used at once: ours leads to it, and is asked again for the next download. */
const downloadLifetimeSeconds = 15 * 60;

/** The files of committed versions: listing and reading them. */
export class VersionFiles {
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #versions: VersionAccess;

  readonly #direct: boolean;

  /** @param direct whether clients are sent to the storage, where it can do it */
  constructor(store: MetadataStore, blobs: BlobStore, versions: VersionAccess, direct: boolean) {
    this.#store = store;
    this.#blobs = blobs;
    this.#versions = versions;
    this.#direct = direct;
  }

  /** Files and references in the order of their paths' bytes. Needs the right to read files. */
  async list(
    caller: Caller,
    versionId: number,
    page: PageRequest,
    filter?: { paths?: string[]; prefix?: string },
  ): Promise<Page<EntryBlob>> {
    const version = await this.#versions.getFiles(caller, versionId);
    return version.manifestId === null
      ? { items: [] }
      : this.#store.read.versions.listEntries(version.manifestId, page, filter);
  }

  /** All entries, for the version's manifest. */
  async manifestOf(caller: Caller, versionId: number): Promise<Version & { manifestId: number }> {
    const { version } = await this.#versions.get(caller, versionId, 'project.read');
    if (version.manifestId === null)
      throw new RegistryError('NOT_FOUND', 'This version is not committed yet and has no manifest.');
    return { ...version, manifestId: version.manifestId };
  }

  async file(caller: Caller, versionId: number, path: string): Promise<{ entry: EntryBlob; blob: Blob }> {
    const version = await this.#versions.getFiles(caller, versionId);
    const entry =
      version.manifestId === null ? undefined : await this.#store.read.versions.findEntry(version.manifestId, path);
    if (!entry) throw new RegistryError('NOT_FOUND', `The version has no file "${shown(path)}".`);
    return { entry, blob: await this.#blobOf(entry) };
  }

  /** A file of the version by the MD5 of its bytes, as the wandb client asks for it. */
  async fileByMd5(caller: Caller, versionId: number, md5: string): Promise<Blob> {
    const version = await this.#versions.getFiles(caller, versionId);
    const base64 = Buffer.from(md5, 'hex').toString('base64');
    const entries =
      version.manifestId === null
        ? []
        : await this.#store.read.versions.findEntriesByDigest(version.manifestId, [base64]);
    const entry = entries.find(({ digest, blobId }) => blobId !== null && md5Base64ToHex(digest) === md5);
    if (!entry || entry.blobId === null)
      throw new RegistryError('NOT_FOUND', 'The version has no file with this digest.');
    return this.blob(entry.blobId);
  }

  async blob(id: number): Promise<Blob> {
    const blob = await this.#store.read.blobs.findBlob(id);
    if (!blob) throw new RegistryError('NOT_FOUND', 'There are no such bytes.');
    return blob;
  }

  /** Opens bytes for reading; the caller has checked that they may be read. */
  async open(blob: Blob, range?: ByteRange): Promise<BlobReader> {
    const reader = await this.#blobs.read(blob.physicalKey, range);
    if (reader.size === blob.size) return reader;
    reader.stream.destroy();
    throw new RegistryError(
      'STORAGE_UNAVAILABLE',
      'The stored bytes of this file are damaged. Log the same file again to heal them, or tell an administrator.',
    );
  }

  /** Where a client can fetch bytes itself; undefined where they leave through us. The caller has checked that they may be read. */
  async directUrl(blob: Blob, file: { contentDisposition: string; contentType: string }): Promise<string | undefined> {
    if (!this.#direct) return undefined;
    const options = { ...file, expiresInSeconds: downloadLifetimeSeconds };
    return this.#blobs.presigned?.downloadUrl(blob.physicalKey, options);
  }

  async #blobOf(entry: EntryBlob): Promise<Blob> {
    if (entry.blobId === null) {
      throw new RegistryError(
        'INVALID_INPUT',
        `"${shown(entry.path)}" is a reference to ${shown(entry.ref ?? 'elsewhere')}; fetch it from there.`,
      );
    }
    return this.blob(entry.blobId);
  }
}

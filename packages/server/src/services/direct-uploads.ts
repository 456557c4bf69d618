import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type {
  BlobStore,
  DirectBlob,
  DirectTarget,
  ExpectedBytes,
  PresignedTransfer,
  StoredBlob,
} from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Blob, Upload } from '../ports/metadata/blobs.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { type BlobIntake, uploadGone } from './blob-intake.ts';
import { inParallel } from './in-parallel.ts';
import { placeBlob } from './place-blob.ts';
import type { Slow } from './slow-work.ts';

const targetLifetimeSeconds = 24 * 3600;
const collectedAtOnce = 500;
const askedAtOnce = 32;

/** Where a client sends a file, straight to the storage. */
export interface DirectTargets {
  /** null where it is sent in parts */
  whole: DirectTarget | null;
  /** in order */
  parts: DirectTarget[] | null;
}

/**
 * Files that clients send to the storage themselves. Nobody tells us when they have arrived: we look when a manifest
 * comes that may name them and when their version is to become visible, and take in only what was verified.
 */
export class DirectUploads {
  /** Whether clients are sent to the storage. What was sent there before is taken in in any case. */
  readonly offered: boolean;
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #intake: BlobIntake;
  readonly #clock: Clock;
  readonly #transfer: PresignedTransfer | undefined;

  constructor(parts: { store: MetadataStore; blobs: BlobStore; intake: BlobIntake; clock: Clock; offered: boolean }) {
    this.#store = parts.store;
    this.#blobs = parts.blobs;
    this.#intake = parts.intake;
    this.#clock = parts.clock;
    this.#transfer = parts.blobs.presigned;
    this.offered = parts.offered && this.#transfer !== undefined;
  }

  isDirect(uploadKey: string | null): boolean {
    return uploadKey !== null && this.#transfer?.isDirect(uploadKey) === true;
  }

  /** Opens an upload in the storage for each of the files, where clients are sent there. */
  async open<File extends { partMd5s: string[] | null }>(files: readonly File[]): Promise<Map<File, string>> {
    const opened = new Map<File, string>();
    const transfer = this.offered ? this.#transfer : undefined;
    if (transfer === undefined) return opened;
    await inParallel(askedAtOnce, files, async file => {
      opened.set(file, await transfer.openUpload(file.partMd5s?.length));
    });
    return opened;
  }

  /** The same for one file of our own API; undefined where it comes through us. */
  async openWhole(): Promise<string | undefined> {
    return this.offered ? this.#transfer?.openUpload() : undefined;
  }

  async abortUnused(opened: Iterable<string>, used: ReadonlySet<string | null | undefined>): Promise<void> {
    for (const key of opened) if (!used.has(key)) await this.#blobs.abortUpload(key);
  }

  /** Where to send the bytes of an announced file; null where they come through us. */
  async targets({ uploadKey, expectedMd5, partMd5s }: Upload): Promise<DirectTargets | null> {
    const transfer = this.#transfer;
    if (transfer === undefined || uploadKey === null || expectedMd5 === null || !transfer.isDirect(uploadKey))
      return null;
    const expiresInSeconds = targetLifetimeSeconds;
    if (partMd5s === null) {
      return { whole: await transfer.uploadTarget(uploadKey, { md5: expectedMd5, expiresInSeconds }), parts: null };
    }
    const parts = partMd5s.map((md5, i) => transfer.partTarget(uploadKey, i + 1, { md5, expiresInSeconds }));
    return { whole: null, parts: await Promise.all(parts) };
  }

  /** Takes in the files of a pending version that have arrived. @throws RegistryError `DIGEST_MISMATCH` */
  async collect(version: Version, slow: Slow = () => {}): Promise<void> {
    if (this.#transfer === undefined) return;
    const project = await this.#store.read.projects.findProject(version.projectId);
    if (!project) return;
    let after: { path: string; id: number } | undefined;
    for (;;) {
      const uploads = await this.#store.read.blobs.listOpenUploads(version.id, collectedAtOnce, after);
      const last = uploads.at(-1);
      if (last === undefined) return;
      if (uploads.length === collectedAtOnce) slow();
      after = { path: last.path ?? '', id: last.id };
      await this.#collect(version.id, uploads, project.entityId);
    }
  }

  /** Joins the parts of a file and takes it in. */
  async complete(upload: Upload): Promise<Blob> {
    const project = await this.#store.read.projects.findProject(upload.projectId);
    const { uploadKey, expectedMd5: md5, partMd5s } = upload;
    if (!project || !this.#transfer || uploadKey === null || md5 === null || partMd5s === null) throw uploadGone();
    let stored: StoredBlob;
    try {
      stored = await this.#transfer.joinParts(uploadKey, { md5 }, partMd5s);
    } catch (error) {
      if (isOver(error)) await this.#giveUp(upload);
      throw error;
    }
    const sender = { userId: upload.userId, entityId: project.entityId };
    return this.#intake.adopt(stored, sender, (tx, blob) => this.#place(tx, upload, blob));
  }

  /** Takes in a file of our own API, whose SHA-256 is a promise: it is computed at once. */
  async finishWhole(upload: Upload, expected: ExpectedBytes): Promise<Blob> {
    const project = await this.#store.read.projects.findProject(upload.projectId);
    const found = await this.#look(upload);
    if (!project || this.#transfer === undefined) throw uploadGone();
    if (!found) {
      throw new RegistryError('UPLOAD_INCOMPLETE', 'The file was not sent to its address yet; send it, then finish.');
    }
    const stored = await this.#transfer.settle(found.key, found.size);
    if (expected.sha256 !== undefined && expected.sha256 !== stored.sha256) {
      await this.#blobs.delete(stored.key);
      throw new RegistryError('DIGEST_MISMATCH', 'The bytes that were sent have another sha256; send the file again.', {
        details: { algorithm: 'sha256', expected: expected.sha256, actual: stored.sha256 },
      });
    }
    const sender = { userId: upload.userId, entityId: project.entityId };
    const blob = await this.#intake.adopt(stored, sender, (tx, known) => this.#place(tx, upload, known));
    await this.#blobs.delete(found.key);
    return blob;
  }

  /** @param uploads of one version, in the order of paths and ids */
  async #collect(versionId: number, uploads: readonly Upload[], entityId: number): Promise<void> {
    const found = new Map<number, DirectBlob>();
    const whole = uploads.filter(({ uploadKey, partCount }) => partCount === null && this.isDirect(uploadKey));
    await inParallel(askedAtOnce, whole, async upload => {
      const bytes = await this.#look(upload);
      if (bytes) found.set(upload.id, bytes);
    });
    if (found.size === 0) return;
    await this.#store.transaction(async tx => {
      // Another request may have been faster.
      const current = await tx.blobs.findUploads([...found.keys()]);
      const open = new Set(current.filter(({ state }) => state === 'open').map(({ id }) => id));
      const now = this.#clock.now();
      const arrived = whole.flatMap(upload => {
        const bytes = found.get(upload.id);
        return bytes && open.has(upload.id) ? [{ upload, blob: newBlob(tx, upload, bytes, now) }] : [];
      });
      if (arrived.length === 0) return;
      await tx.blobs.insertBlobs(arrived.map(({ blob }) => blob));
      await tx.blobs.finishUploads(
        arrived.map(({ upload, blob }) => ({ id: upload.id, blobId: blob.id })),
        now,
      );
      const files = arrived.map(({ upload, blob }) => ({ path: upload.path ?? '', blobId: blob.id }));
      if ((await tx.versions.findVersion(versionId))?.state === 'pending') await tx.blobs.stage(versionId, files);
      await tx.blobs.addUsage(entityId, { physicalBytes: arrived.reduce((sum, { blob }) => sum + blob.size, 0) });
    });
  }

  async #look({ uploadKey, expectedMd5, expectedSize }: Upload): Promise<DirectBlob | undefined> {
    if (uploadKey === null || expectedMd5 === null) return undefined;
    return this.#transfer?.findWhole(uploadKey, { md5: expectedMd5, size: expectedSize ?? undefined });
  }

  async #giveUp(upload: Upload): Promise<void> {
    const now = this.#clock.now();
    await this.#store.transaction(async tx => {
      // Another request may have been faster, and be done.
      if ((await tx.blobs.findUpload(upload.id))?.state !== 'open') return;
      await tx.blobs.updateUpload(upload.id, { state: 'aborted', touchedAt: now });
    });
  }

  async #place(tx: MetadataTransaction, upload: Upload, blob: Blob): Promise<Blob> {
    const current = await tx.blobs.findUpload(upload.id);
    if (current?.state === 'aborted') throw uploadGone();
    return placeBlob(tx, upload, blob, this.#clock.now());
  }
}

/** Its SHA-256 follows (see `BlobSettlement`). */
function newBlob(tx: MetadataTransaction, upload: Upload, { key, size, md5 }: DirectBlob, now: number): Blob {
  return { id: tx.newId(), physicalKey: key, size, md5, sha256: null, createdBy: upload.userId, createdAt: now };
}

/** Whether parts were joined to something else, and cannot be sent again: the next announcement then begins anew. */
function isOver(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.details.parts !== undefined) return false;
  return error.code === 'DIGEST_MISMATCH' || error.code === 'NOT_FOUND';
}

import { requireMd5Hex, requireSha256 } from '../domain/digests.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type {
  BlobStore,
  ByteSource,
  DirectTarget,
  ExpectedBytes,
  StoredBlob,
  StoredPart,
} from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Blob, Upload } from '../ports/metadata/blobs.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Access } from './access.ts';
import { type BlobIntake, type Sender, uploadGone } from './blob-intake.ts';
import type { Caller } from './caller.ts';
import type { DirectUploads } from './direct-uploads.ts';
import { newUpload } from './new-upload.ts';
import { placeBlob } from './place-blob.ts';
import type { Slow, SlowWork } from './slow-work.ts';

export const maxFileBytes = 5 * 2 ** 40;
/** What object storage takes in one request. */
const maxDirectBytes = 5 * 2 ** 30;
/** Smaller files are read and hashed in a moment. */
const largeBytes = 256 * 2 ** 20;

/** Everything that takes bytes: those that were announced, and the blobs of our own API. */
export class Uploads {
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #access: Access;
  readonly #intake: BlobIntake;
  readonly #direct: DirectUploads;
  readonly #slowWork: SlowWork;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    blobs: BlobStore;
    access: Access;
    intake: BlobIntake;
    directUploads: DirectUploads;
    slowWork: SlowWork;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#blobs = parts.blobs;
    this.#access = parts.access;
    this.#intake = parts.intake;
    this.#direct = parts.directUploads;
    this.#slowWork = parts.slowWork;
    this.#clock = parts.clock;
  }

  /** Opens a resumable upload of our own API. */
  async open(
    caller: Caller,
    projectId: number,
    expected: { size?: number; sha256?: string; md5?: string },
  ): Promise<{ upload: Upload; target: DirectTarget | null }> {
    await this.#access.projectById(caller, projectId, 'version.log');
    if (expected.sha256 !== undefined) requireSha256(expected.sha256);
    if (expected.md5 !== undefined) requireMd5Hex(expected.md5);
    requireFileSize(expected.size);
    const isWhole = expected.md5 !== undefined && (expected.size ?? 0) <= maxDirectBytes;
    const uploadKey = (isWhole && (await this.#direct.openWhole())) || (await this.#blobs.openUpload());
    const upload = await this.#store.transaction(async tx => {
      const upload: Upload = {
        ...newUpload(tx.newId(), 'blob', caller, projectId, this.#clock.now()),
        expectedSize: expected.size ?? null,
        expectedSha256: expected.sha256 ?? null,
        expectedMd5: expected.md5 ?? null,
        uploadKey,
      };
      await tx.blobs.insertUploads([upload]);
      return upload;
    });
    return { upload, target: (await this.#direct.targets(upload))?.whole ?? null };
  }

  /** An upload of the caller's own. @throws RegistryError `NOT_FOUND` */
  async get(caller: Caller, id: number): Promise<Upload> {
    const upload = await this.#store.read.blobs.findUpload(id);
    if (!upload || upload.userId !== caller.principal.userId)
      throw new RegistryError('NOT_FOUND', 'There is no such upload of yours.');
    // The others ask again when they receive; of these, bytes are appended one request after the other.
    if (upload.purpose === 'blob') await this.#sender(caller, upload);
    return upload;
  }

  /** Takes all bytes of an announced file of a version, or of a run. Sending them again is harmless. */
  async receiveFile(caller: Caller, upload: Upload, source: ByteSource, given: ExpectedBytes): Promise<Blob> {
    if (upload.state === 'aborted') throw uploadGone();
    const sender = await this.#sender(caller, upload);
    if (upload.versionId !== null) await this.#requirePendingOrDone(upload);
    const expected = mergeExpected(upload, given);
    return this.#intake.receive(source, expected, sender, (tx, blob) => placeBlob(tx, upload, blob, this.#clock.now()));
  }

  /** Takes one part of a multipart upload. */
  async receivePart(
    caller: Caller,
    upload: Upload,
    part: number,
    source: ByteSource,
    given: ExpectedBytes,
  ): Promise<StoredPart> {
    const count = upload.partCount ?? 0;
    if (!Number.isInteger(part) || part < 1 || part > count) {
      throw new RegistryError('INVALID_INPUT', `This upload has parts 1 to ${count}; ${part} is none of them.`);
    }
    if (upload.state !== 'open') throw uploadGone();
    await this.#sender(caller, upload);
    const key = await this.#uploadKey(upload);
    const announced = upload.partMd5s?.[part - 1];
    if (given.md5 !== undefined && announced !== undefined && given.md5 !== announced) {
      throw new RegistryError('DIGEST_MISMATCH', `Part ${part} was announced with another MD5 than it is sent with.`);
    }
    return this.#blobs.writePart(key, { number: part, count }, source, { ...given, md5: announced ?? given.md5 });
  }

  /**
   * Completes a multipart upload: verifies the whole against the announced MD5. Repeating it is success, and joins what
   * still runs.
   * @throws RegistryError `BUSY` while it runs on
   */
  async completeParts(caller: Caller, upload: Upload): Promise<Blob> {
    return this.#slowWork.join(`complete ${upload.id}`, slow => this.#completeParts(caller, upload, slow));
  }

  async #completeParts(caller: Caller, upload: Upload, slow: Slow): Promise<Blob> {
    const done = await this.#finished(upload, {});
    if (done) return done;
    const sender = await this.#sender(caller, upload);
    slow();
    if (this.#direct.isDirect(upload.uploadKey)) return this.#direct.complete(upload);
    return this.#finishUpload(upload, await this.#uploadKey(upload), mergeExpected(upload, {}), sender);
  }

  async offset(upload: Upload): Promise<number> {
    if (upload.state === 'done') return upload.expectedSize ?? (await this.#finished(upload, {}))?.size ?? 0;
    if (upload.uploadKey === null || upload.state === 'aborted') throw uploadGone();
    if (this.#direct.isDirect(upload.uploadKey)) return 0;
    return this.#blobs.uploadOffset(upload.uploadKey);
  }

  /** Appends to a resumable upload; answers with the durable size. */
  async append(upload: Upload, offset: number, source: ByteSource): Promise<number> {
    if (upload.state !== 'open' || upload.uploadKey === null) throw uploadGone();
    if (this.#direct.isDirect(upload.uploadKey)) {
      throw new RegistryError(
        'CONFLICT',
        'This file is sent to the address in `direct`; open an upload without `md5` to append here.',
      );
    }
    const size = await this.#blobs.append(upload.uploadKey, offset, source, upload.expectedSize ?? maxFileBytes);
    await this.#touch(upload);
    return size;
  }

  /**
   * Finishes a resumable upload: verifies size and SHA-256 and makes the bytes usable. Repeating it is success, and joins
   * what still runs.
   * @throws RegistryError `BUSY` while it runs on
   */
  async finish(caller: Caller, upload: Upload, expected: { sha256?: string; size?: number }): Promise<Blob> {
    if (expected.sha256 !== undefined) requireSha256(expected.sha256);
    // who expects something else is told so
    const key = `finish ${upload.id} ${expected.sha256 ?? ''} ${expected.size ?? ''}`;
    return this.#slowWork.join(key, slow => this.#finish(caller, upload, expected, slow));
  }

  async #finish(
    caller: Caller,
    upload: Upload,
    expected: { sha256?: string; size?: number },
    slow: Slow,
  ): Promise<Blob> {
    const done = await this.#finished(upload, expected);
    if (done) return done;
    if (upload.uploadKey === null) throw uploadGone();
    const sender = await this.#sender(caller, upload);
    const merged = mergeExpected(upload, expected);
    if ((merged.size ?? largeBytes) >= largeBytes) slow();
    if (this.#direct.isDirect(upload.uploadKey)) return this.#direct.finishWhole(upload, merged);
    return this.#finishUpload(upload, upload.uploadKey, merged, sender);
  }

  /** Takes a whole blob of our own API in one request. */
  async receiveBlob(caller: Caller, projectId: number, source: ByteSource, expected: ExpectedBytes): Promise<Blob> {
    const { project } = await this.#access.projectById(caller, projectId, 'version.log');
    requireFileSize(expected.size);
    const sender = { userId: caller.principal.userId, entityId: project.entityId };
    return this.#intake.receive(source, { ...expected, maxBytes: maxFileBytes }, sender, async (tx, blob) => {
      const upload = {
        ...newUpload(tx.newId(), 'blob', caller, projectId, this.#clock.now()),
        state: 'done' as const,
        blobId: blob.id,
      };
      await tx.blobs.insertUploads([upload]);
      return blob;
    });
  }

  async abort(upload: Upload): Promise<void> {
    await this.#store.transaction(async tx => {
      // asked inside: it may have been finished since it was read
      if ((await tx.blobs.findUpload(upload.id))?.state === 'done') {
        throw new RegistryError('CONFLICT', 'This upload is finished; its bytes go when nothing needs them.');
      }
      await tx.blobs.updateUpload(upload.id, { state: 'aborted', touchedAt: this.#clock.now() });
    });
    if (upload.uploadKey !== null) await this.#blobs.abortUpload(upload.uploadKey);
  }

  async #requirePendingOrDone(upload: Upload): Promise<void> {
    const version = await this.#store.read.versions.findVersion(upload.versionId ?? 0);
    if (!version || version.state === 'deleted' || version.state === 'expired') throw uploadGone();
    if (version.state !== 'pending' && upload.state !== 'done') {
      throw new RegistryError('IMMUTABLE', 'This version is committed already and takes no more files; log a new one.');
    }
  }

  async #sender(caller: Caller, upload: Upload): Promise<Sender> {
    const { project } = await this.#access.projectById(
      caller,
      upload.projectId,
      upload.purpose === 'run-file' ? 'run.write' : 'version.log',
    );
    return { userId: caller.principal.userId, entityId: project.entityId };
  }

  /** The store keeps a finished upload until the database knows its blob, so that a crash in between loses nothing. */
  async #finishUpload(upload: Upload, key: string, expected: ExpectedBytes, sender: Sender): Promise<Blob> {
    let stored: StoredBlob;
    try {
      stored = await this.#blobs.finishUpload(key, expected, upload.partCount ?? undefined);
    } catch (error) {
      // Another request was faster: the store has forgotten the upload, and the database knows its blob.
      const gone = error instanceof RegistryError && error.code === 'NOT_FOUND';
      const done = gone ? await this.#finished(upload, expected) : undefined;
      if (done) return done;
      throw error;
    }
    const blob = await this.#intake.adopt(stored, sender, (tx, known) =>
      placeBlob(tx, upload, known, this.#clock.now()),
    );
    await this.#blobs.abortUpload(key);
    return blob;
  }

  /** What the upload became, if it is finished. @throws RegistryError `CONFLICT` where that is not what is expected */
  async #finished(upload: Upload, expected: { sha256?: string }): Promise<Blob | undefined> {
    const current = await this.#store.read.blobs.findUpload(upload.id);
    if (!current || current.state === 'aborted') throw uploadGone();
    if (current.state !== 'done' || current.blobId === null) return undefined;
    const blob = await this.#store.read.blobs.findBlob(current.blobId);
    if (blob && expected.sha256 !== undefined && expected.sha256 !== blob.sha256) {
      throw new RegistryError('CONFLICT', 'This upload was finished with another SHA-256; open a new one.');
    }
    return blob;
  }

  /** The key of an upload in the store, made with its first part; concurrent first parts agree on one. */
  async #uploadKey(upload: Upload): Promise<string> {
    if (upload.uploadKey !== null) return upload.uploadKey;
    const current = await this.#store.read.blobs.findUpload(upload.id);
    if (current && current.uploadKey !== null) return current.uploadKey;
    const mine = await this.#blobs.openUpload();
    const agreed = await this.#store.transaction(async tx => {
      const latest = await tx.blobs.findUpload(upload.id);
      if (latest && latest.uploadKey !== null) return latest.uploadKey;
      await tx.blobs.updateUpload(upload.id, { uploadKey: mine, touchedAt: this.#clock.now() });
      return mine;
    });
    if (agreed !== mine) await this.#blobs.abortUpload(mine);
    return agreed;
  }

  async #touch(upload: Upload): Promise<void> {
    await this.#store.transaction(tx => tx.blobs.updateUpload(upload.id, { touchedAt: this.#clock.now() }));
  }
}

/** What was announced and what comes with the bytes must agree; everything given is verified. */
function mergeExpected(upload: Upload, given: ExpectedBytes): ExpectedBytes {
  for (const [announced, sent] of [
    [upload.expectedMd5, given.md5],
    [upload.expectedSha256, given.sha256],
  ] as const) {
    if (announced !== null && sent !== undefined && announced !== sent) {
      throw new RegistryError(
        'DIGEST_MISMATCH',
        'The bytes come with another digest than was announced for this upload.',
      );
    }
  }
  return {
    size: given.size ?? upload.expectedSize ?? undefined,
    md5: given.md5 ?? upload.expectedMd5 ?? undefined,
    sha256: given.sha256 ?? upload.expectedSha256 ?? undefined,
    maxBytes: maxFileBytes,
  };
}

function requireFileSize(size: number | undefined): void {
  if (size !== undefined && (!Number.isSafeInteger(size) || size < 0))
    throw new RegistryError('INVALID_INPUT', 'size must be a whole number of bytes.');
  if (size !== undefined && size > maxFileBytes) throw new RegistryError('TOO_LARGE', 'A file has at most 5 TiB.');
}

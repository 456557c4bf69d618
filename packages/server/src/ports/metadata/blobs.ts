/** Bytes we hold: a surrogate id, an opaque physical key unique to its upload, and what is known of the contents. */
export interface Blob {
  id: number;
  physicalKey: string;
  /** bytes */
  size: number;
  /** lower-case hex */
  md5: string;
  /** lower-case hex; null until known, where bytes went straight to object storage */
  sha256: string | null;
  createdBy: number | null;
  createdAt: number;
}

export type UploadPurpose = 'version-file' | 'manifest' | 'run-file' | 'blob';

/** A promise to take bytes: what for, what is expected, and how far it got. */
export interface Upload {
  id: number;
  purpose: UploadPurpose;
  userId: number;
  /** the project the bytes are sent to, whose owner holds them */
  projectId: number;
  /** of a version file or a manifest */
  versionId: number | null;
  /** of a manifest */
  draftId: number | null;
  /** of a run file */
  runId: number | null;
  /** path in the version, or name of the run file */
  path: string | null;
  expectedSize: number | null;
  /** lower-case hex */
  expectedMd5: string | null;
  /** lower-case hex */
  expectedSha256: string | null;
  /** of a multipart upload */
  partCount: number | null;
  partMd5s: string[] | null;
  /** key of the unfinished upload in the blob store; null until the first byte */
  uploadKey: string | null;
  state: 'open' | 'done' | 'aborted';
  blobId: number | null;
  createdAt: number;
  touchedAt: number;
}

export interface BlobsReader {
  /** of one that was merged: the one it was merged into */
  findBlob(id: number): Promise<Blob | undefined>;
  /** In the order of ids, each as it is. In a transaction nobody refers to them anew until its end, but who holds them. */
  findBlobs(ids: number[]): Promise<Blob[]>;
  findBlobBySha256(sha256: string): Promise<Blob | undefined>;
  /** The same for several: of each SHA-256 that is known, its blob. */
  findBlobsBySha256(sha256s: readonly string[]): Promise<Blob[]>;
  /** for each MD5 that stands for exactly one known SHA-256, and for no bytes whose SHA-256 is unknown yet: its blob */
  findUnambiguousByMd5(md5s: string[]): Promise<Blob[]>;
  /** committed versions of the project that hold the blob: blob id → the oldest such version */
  findHolders(blobIds: number[], projectId: number): Promise<{ blobId: number; versionId: number }[]>;
  /** projects that hold the blob in a committed version, at most 20 for each; of a blob in thousands of versions some may be missed */
  listHoldingProjects(blobIds: number[]): Promise<{ blobId: number; projectId: number; versionId: number }[]>;
  /** blobs staged for a pending version, by path */
  listStaged(
    versionId: number,
    paths?: string[],
  ): Promise<{ path: string; blobId: number; md5: string; size: number; sha256: string | null }[]>;
  /** versions that are not pending any more and still have blobs staged */
  listStagedInVain(limit: number): Promise<number[]>;
  findUpload(id: number): Promise<Upload | undefined>;
  findUploads(ids: number[]): Promise<Upload[]>;
  /** open uploads of files at these paths of a pending version, in the order of ids */
  findOpenUploads(versionId: number, paths: readonly string[]): Promise<Upload[]>;
  /** whether this user uploaded the blob and the upload is not yet forgotten */
  hasUploaded(userId: number, blobId: number): Promise<boolean>;
  /** blobs whose SHA-256 nobody has computed yet, in the order of their ids */
  listUnhashed(afterId: number, limit: number): Promise<Blob[]>;
  /** the same, of one manifest */
  listUnhashedOf(manifestId: number, limit: number): Promise<Blob[]>;
  /** open uploads of a version's files, in the order of paths and ids */
  listOpenUploads(versionId: number, limit: number, after?: { path: string; id: number }): Promise<Upload[]>;
  listIdleUploads(before: number, limit: number): Promise<Upload[]>;
  /** aborted uploads that may still hold something in the storage, in the order of ids */
  listAbortedUploads(afterId: number, limit: number): Promise<{ id: number; uploadKey: string }[]>;
  usage(entityId: number): Promise<{ logicalBytes: number; physicalBytes: number }>;
}

export interface BlobsWriter extends BlobsReader {
  insertBlobs(blobs: readonly Blob[]): Promise<void>;
  /** Points a blob at a healthy copy of its bytes. */
  updateBlobKey(id: number, physicalKey: string): Promise<void>;
  /** Says what the bytes of blobs are, and where they are from now on. */
  updateBlobHashes(found: readonly { id: number; sha256: string; physicalKey: string }[]): Promise<void>;
  /** Lets everything that refers to a blob, which `findBlobs` holds, refer to another with the same bytes; its own key is forgotten. */
  mergeBlob(id: number, into: number): Promise<void>;
  stage(versionId: number, files: { path: string; blobId: number }[]): Promise<void>;
  /** Forgets at most so many staged files; true where none is left. */
  unstage(versionId: number, limit: number): Promise<boolean>;
  insertUploads(uploads: Upload[]): Promise<void>;
  updateUpload(
    id: number,
    changes: { uploadKey?: string | null; state?: Upload['state']; blobId?: number; touchedAt?: number },
  ): Promise<void>;
  /** Says which blobs came of uploads. */
  finishUploads(done: readonly { id: number; blobId: number }[], now: number): Promise<void>;
  /** Ends an upload that is open and was not touched since then; false where it is neither any more. */
  abortIdleUpload(id: number, before: number, now: number): Promise<boolean>;
  addUsage(entityId: number, change: { logicalBytes?: number; physicalBytes?: number }): Promise<void>;
}

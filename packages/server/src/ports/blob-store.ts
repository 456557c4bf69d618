import type { Readable } from 'node:stream';

/**
 * Where bytes live. Nothing above this interface may assume that a blob is one file or one object, and nothing
 * below it knows what a version is.
 *
 * Every successful write is durable when the promise resolves (bytes synced, name synced) and has a **physical key
 * that was never used before**, so that deleting one upload's bytes can never hit another's.
 */
export interface BlobStore {
  /** Short name for logs and `/readyz`, e.g. `file-system`. */
  readonly name: string;

  /** Checks that bytes can be written, synced and removed. Rejects with the reason when they cannot. */
  checkWritable(): Promise<void>;

  /**
   * Stores one stream of bytes as a new blob, hashing while it writes.
   * @throws RegistryError `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `TOO_LARGE` (nothing is kept), `UPLOAD_INTERRUPTED` when
   *   the source ends early or fails, `STORAGE_FULL`, `STORAGE_UNAVAILABLE`.
   */
  write(source: ByteSource, expected: ExpectedBytes): Promise<StoredBlob>;

  /**
   * Opens a blob for reading.
   * @param range inclusive byte positions, both within the blob (the caller clamps and answers 416).
   * @throws RegistryError `NOT_FOUND` when the key holds nothing.
   */
  read(key: PhysicalKey, range?: ByteRange): Promise<BlobReader>;

  /** Size in bytes, or undefined where the key holds nothing. */
  stat(key: PhysicalKey): Promise<{ size: number } | undefined>;

  /** Frees the bytes under a key. Repeating it, or naming a key that holds nothing, succeeds. */
  delete(key: PhysicalKey): Promise<void>;

  /** Opens an upload that arrives in pieces. Its key is durable: the upload survives a restart. */
  openUpload(): Promise<UploadKey>;

  /**
   * Appends at `offset`, which must equal the current durable size.
   * A broken source keeps what arrived and was synced; the caller asks `uploadOffset` and goes on from there.
   * @returns the new durable size in bytes.
   * @throws RegistryError `UPLOAD_OFFSET_MISMATCH` (details: `offset`), `UPLOAD_BUSY` when another append runs,
   *   `NOT_FOUND` for an unknown upload, `TOO_LARGE` when the whole upload would pass
   *   `maxBytes`.
   */
  append(upload: UploadKey, offset: number, source: ByteSource, maxBytes?: number): Promise<number>;

  /** Durable size of an appended upload in bytes, never more than what would survive a crash. */
  uploadOffset(upload: UploadKey): Promise<number>;

  /**
   * Stores one numbered part (from 1) of an upload. Parts come in any order and concurrently; all but the last have
   * equal sizes. Sending a part again replaces it.
   *
   * Its length is checked at once, its MD5 may be checked as late as by `finishUpload`: the hash of the whole then says
   * the same at half the cost, and no part is ever read before that.
   * @throws RegistryError `UPLOAD_INTERRUPTED`, `SIZE_MISMATCH`, `DIGEST_MISMATCH` where it is checked at once,
   *   `TOO_LARGE`, `CONFLICT` for an upload that was appended to, `UPLOAD_BUSY` while it is finished, `NOT_FOUND`.
   */
  writePart(upload: UploadKey, part: PartPosition, source: ByteSource, expected: ExpectedBytes): Promise<StoredPart>;

  /**
   * Turns an upload (appended, or all parts) into a blob after verifying the whole against `expected`.
   * Concurrent calls share one run. Repeating it after success, also after a crash, returns the same blob until the
   * caller has recorded it and calls `abortUpload`, which then frees the little that is remembered, not the blob.
   * After a mismatch the upload stays: a part can be sent again, or the whole be aborted.
   * A hash of the whole vouches for its parts. Where none is expected, or it does not match, every part is compared
   * with the MD5 it was announced with, and the error names those that have to be sent again.
   * @param partCount how many parts there must be; left out for an upload that was appended to.
   * @throws RegistryError `DIGEST_MISMATCH` (details: `parts`, the numbers of the wrong ones, where it is theirs),
   *   `SIZE_MISMATCH`, `UPLOAD_INCOMPLETE` (details: `missing`), `UPLOAD_BUSY`
   *   while an append runs, `NOT_FOUND`.
   */
  finishUpload(upload: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob>;

  /** Frees an upload, finished (its blob stays) or not. Repeating it succeeds. */
  abortUpload(upload: UploadKey): Promise<void>;

  /** Removes what a crash left behind: temporary files of `write` calls that no process still runs. */
  removeLeftovers(): Promise<void>;

  /** Direct transfer between clients and the storage, where the storage can do it. */
  readonly presigned?: PresignedTransfer;

  close(): Promise<void>;
}

/** Opaque name of one upload's bytes in the store. Unique to that upload, for ever. */
export type PhysicalKey = string;
/** Opaque name of an unfinished upload. */
export type UploadKey = string;
export type ByteSource = (Readable | AsyncIterable<Uint8Array>) & Partial<ChunkRecycler>;

/** A source that gives its chunks away for good, each with memory of its own. */
export interface ChunkRecycler {
  /**
   * Frees a chunk at once, when its bytes were copied elsewhere. Otherwise the memory of a fast upload waits for the
   * garbage collector, which lets 80 MiB of it pile up. The chunk is empty afterwards.
   */
  recycle(chunk: Uint8Array): void;
}

/** Inclusive byte positions. */
export interface ByteRange {
  start: number;
  end: number;
}

/** What the sender promised; every field that is given is verified. */
export interface ExpectedBytes {
  /** bytes */
  size?: number;
  /** lower-case hex */
  md5?: string;
  /** lower-case hex */
  sha256?: string;
  /** upper limit in bytes, enforced while streaming */
  maxBytes?: number;
}

export interface StoredBlob {
  key: PhysicalKey;
  /** bytes */
  size: number;
  /** lower-case hex */
  md5: string;
  /** lower-case hex */
  sha256: string;
}

export interface StoredPart {
  /** bytes */
  size: number;
  /** lower-case hex, of this part alone: as it was announced, else as it was computed */
  md5: string;
}

export interface PartPosition {
  /** from 1 */
  number: number;
  /** how many parts the whole upload has */
  count: number;
}

export interface BlobReader {
  /** bytes of the whole blob */
  size: number;
  /** bytes of this reading (the range, or the whole) */
  length: number;
  /** The bytes. Whoever stops before its end, or reads through `read`, destroys it to free what is open. */
  readonly stream: Readable;
  /**
   * Fills a buffer of the caller with the next bytes, where the store can: a download then needs no new memory for
   * every megabyte. Use either this or `stream`. Calls may overlap; each is for what comes after the ones before.
   * @returns how many bytes were put in: as many as fit, unless the end comes first; 0 at the end.
   */
  read?(target: Uint8Array): Promise<number>;
}

/**
 * Transfer between clients and the storage themselves, by addresses that carry their own permission: each is bound to one
 * blob and one method, and expires. An optional ability of object storage.
 */
export interface PresignedTransfer {
  /** Where the bytes of a blob can be fetched, whole or in ranges. */
  downloadUrl(key: PhysicalKey, options: DownloadAddress): Promise<string>;

  /** Opens an upload that a client sends straight to the storage, whole or in parts. `abortUpload` frees it. */
  openUpload(partCount?: number): Promise<UploadKey>;

  /** Whether the key is that of such an upload. */
  isDirect(upload: UploadKey): boolean;

  /** Where the whole can be put. The storage refuses bytes that have another MD5. */
  uploadTarget(upload: UploadKey, promise: { md5: string; expiresInSeconds: number }): Promise<DirectTarget>;

  /** Where a part can be put, from 1. The storage refuses bytes that have another MD5. */
  partTarget(
    upload: UploadKey,
    part: number,
    promise: { md5: string; expiresInSeconds: number },
  ): Promise<DirectTarget>;

  /**
   * What a client has put at the address of a whole, once its size and MD5 were found to be those that were promised.
   * @returns undefined where nothing has been sent yet
   * @throws RegistryError `SIZE_MISMATCH`, `DIGEST_MISMATCH`: the bytes are freed, others can be sent
   */
  findWhole(upload: UploadKey, expected: DirectBytes): Promise<DirectBlob | undefined>;

  /**
   * Joins the parts a client has sent, and reads the whole back to verify it. Repeating it gives the same.
   * @param partMd5s lower-case hex, as announced, in order
   * @throws RegistryError `UPLOAD_INCOMPLETE` (details: `missing`), `DIGEST_MISMATCH` (details: `parts`, where those can be
   *   sent again; without, the upload is over), `SIZE_MISMATCH`, `NOT_FOUND` for an upload that is over
   */
  joinParts(upload: UploadKey, expected: DirectBytes, partMd5s: readonly string[]): Promise<StoredBlob>;

  /**
   * Moves bytes out of the reach of the address they were sent to, if they are not so already, and reads them.
   * The old key stays readable until it is deleted.
   * @param size bytes
   * @throws RegistryError `NOT_FOUND`, `STORAGE_UNAVAILABLE` where there are more bytes or fewer
   */
  settle(key: PhysicalKey, size: number): Promise<StoredBlob>;
}

export interface DownloadAddress {
  expiresInSeconds: number;
  /** for the header of that name */
  contentDisposition: string;
  contentType: string;
}

export interface DirectTarget {
  url: string;
  /** What has to be sent along. */
  headers: Record<string, string>;
}

export interface DirectBytes {
  /** lower-case hex */
  md5: string;
  /** bytes */
  size?: number;
}

/** Bytes that are there and have the MD5 that was promised; their SHA-256 is not known yet. */
export type DirectBlob = Omit<StoredBlob, 'sha256'>;

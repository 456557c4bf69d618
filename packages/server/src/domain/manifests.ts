import { createHash } from 'node:crypto';

/** One file or reference of a version. Exactly one of `blobId` and `ref` is set once the entry is resolved. */
export interface ManifestEntry {
  /** logical POSIX path, byte-exact */
  path: string;
  /** base64 MD5 of the bytes, or for a reference whatever identifies the object (an ETag, a URI) */
  digest: string;
  /** bytes; 0 where a reference does not say */
  size: number;
  blobId: number | null;
  ref: string | null;
  /** JSON object, verbatim */
  extra: string | null;
  /** the version that first stored the bytes, as the client wrote it */
  birthVersionId: number | null;
}

export interface ManifestSummary {
  id: number;
  /** lower-case hex, see `ManifestDigest` */
  digest: string;
  /** SHA-256 over paths, SHA-256s or references: what makes two manifests the same to us */
  identity: string;
  size: number;
  fileCount: number;
}

export const maxManifestEntries = 1_000_000;

export type ManifestKind = 'full' | 'incremental' | 'patch';

/** Smallest digest there is: a version without files. */
export const emptyManifestDigest = '64e7c61456b10382e2f3b571ac24b659';

/**
 * The digest of a manifest as the wandb client computes it (`ArtifactManifestV1.digest`): MD5 over a header line and
 * `path:digest\n` of every entry, in ascending order of the paths' UTF-8 bytes. The caller feeds entries in that order.
 */
export class ManifestDigest {
  #hash = createHash('md5').update('wandb-artifact-manifest-v1\n');
  #last: Buffer | undefined;

  add(entry: { path: string; digest: string }): void {
    const path = Buffer.from(entry.path, 'utf8');
    if (this.#last && Buffer.compare(this.#last, path) >= 0) {
      throw new Error('manifest entries must come in ascending byte order of their paths, each once');
    }
    this.#last = path;
    this.#hash.update(path);
    this.#hash.update(`:${entry.digest}\n`);
  }

  /** lower-case hex */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * Identity of a manifest's contents by SHA-256, so that equal MD5s alone never make two versions the same. Bytes whose
 * SHA-256 is not known yet are equal to themselves only.
 */
export class ManifestIdentity {
  #hash = createHash('sha256').update('weighhouse-manifest-v1\n');

  add(entry: Pick<ManifestEntry, 'path' | 'digest' | 'size' | 'ref' | 'blobId'> & { sha256: string | null }): void {
    const bytes = entry.sha256 === null ? ['unhashed blob', entry.blobId] : ['blob', entry.sha256];
    const content = entry.ref === null ? bytes : ['ref', entry.ref, entry.digest, entry.size];
    this.#hash.update(`${JSON.stringify([entry.path, ...content])}\n`);
  }

  /** lower-case hex */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** Orders paths as their UTF-8 bytes, which is code-point order (not JavaScript's UTF-16 order). */
export function comparePaths(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

import { createHash } from 'node:crypto';
import { RegistryError } from './registry-error.ts';

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

/** An entry whose bytes were looked up: `blobId` is null where there are none, `sha256` also while nobody has hashed them. */
export type ResolvedEntry = ManifestEntry & { sha256: string | null };

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

/** Bytes of text that are hashed at once: each call costs as much as hashing this. */
const hashedAtOnce = 8_192;

/**
 * The digest of a manifest as the wandb client computes it (`ArtifactManifestV1.digest`): MD5 over a header line and
 * `path:digest\n` of every entry, in ascending order of the paths' UTF-8 bytes. The caller feeds entries in that order.
 */
export class ManifestDigest {
  #hash = createHash('md5');
  #text = 'wandb-artifact-manifest-v1\n';
  #last: string | undefined;

  /** whether an entry with this path may come next */
  follows(path: string): boolean {
    return this.#last === undefined || comparePaths(this.#last, path) < 0;
  }

  add({ path, digest }: { path: string; digest: string }): void {
    if (!this.follows(path))
      throw new Error('manifest entries must come in ascending byte order of their paths, each once');
    this.#last = path;
    this.#text += `${path}:${digest}\n`;
    if (this.#text.length > hashedAtOnce) this.#flush();
  }

  /** lower-case hex */
  hex(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#text);
    this.#text = '';
  }
}

type HashedEntry = Pick<ResolvedEntry, 'path' | 'digest' | 'size' | 'ref' | 'blobId' | 'sha256'>;

/**
 * Identity of a manifest's contents by SHA-256, so that equal MD5s alone never make two versions the same. Bytes whose
 * SHA-256 is not known yet are equal to themselves only.
 */
export class ManifestIdentity {
  #hash = createHash('sha256');
  #text = 'weighhouse-manifest-v1\n';

  add(entry: HashedEntry): void {
    const bytes = entry.sha256 === null ? ['unhashed blob', entry.blobId] : ['blob', entry.sha256];
    const content = entry.ref === null ? bytes : ['ref', entry.ref, entry.digest, entry.size];
    this.#text += `${JSON.stringify([entry.path, ...content])}\n`;
    if (this.#text.length > hashedAtOnce) this.#flush();
  }

  /** lower-case hex */
  hex(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#text);
    this.#text = '';
  }
}

/** What the entries of a manifest amount to. The caller feeds them in ascending order of their paths, each once. */
export class ManifestTotals {
  readonly #digest = new ManifestDigest();
  readonly #identity = new ManifestIdentity();
  #size = 0;
  #fileCount = 0;

  get fileCount(): number {
    return this.#fileCount;
  }

  follows(path: string): boolean {
    return this.#digest.follows(path);
  }

  add(entry: HashedEntry): void {
    this.#digest.add(entry);
    this.#identity.add(entry);
    this.#size += entry.size;
    this.#fileCount += 1;
  }

  /** To be asked once. @throws RegistryError `TOO_LARGE` */
  summary(): Omit<ManifestSummary, 'id'> {
    if (this.#fileCount > maxManifestEntries)
      throw new RegistryError('TOO_LARGE', `A version has at most ${maxManifestEntries} files.`);
    if (!Number.isSafeInteger(this.#size))
      throw new RegistryError('TOO_LARGE', 'The sizes in the manifest add up to too much.');
    const digest = this.#digest.hex();
    return { digest, identity: this.#identity.hex(), size: this.#size, fileCount: this.#fileCount };
  }
}

/** Orders paths as their UTF-8 bytes, which is code-point order (not JavaScript's UTF-16 order). */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const one = a.charCodeAt(i);
    const two = b.charCodeAt(i);
    if (one !== two) return inCodePointOrder(one) - inCodePointOrder(two);
  }
  return a.length - b.length;
}

/** Halves of a surrogate pair stand for what comes after all that takes one unit. */
function inCodePointOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

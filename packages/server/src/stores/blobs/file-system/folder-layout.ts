import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RegistryError } from '../../../domain/registry-error.ts';

const blobKeyPattern = /^([0-9a-f]{2})\/\1[0-9a-f]{62}\.[0-9a-f]{32}$/;
const uploadKeyPattern = /^[0-9a-f]{32}$/;

/**
 * Where things are below the root:
 *
 * - `blobs/ab/<sha256>.<random>`: finished blobs, never written again. `ab/<sha256>.<random>` is the physical key.
 * - `temp/<random>`: bodies being received by `write`; a crash leaves them, nobody reads them.
 * - `uploads/<random>/`: one unfinished upload each.
 *
 * Keys are ours and match a pattern before they become a path: no string of a user ever does.
 */
export class FolderLayout {
  readonly root: string;
  readonly blobs: string;
  readonly temp: string;
  readonly uploads: string;

  constructor(root: string) {
    this.root = root;
    this.blobs = join(root, 'blobs');
    this.temp = join(root, 'temp');
    this.uploads = join(root, 'uploads');
  }

  newBlobKey(sha256: string): string {
    return `${sha256.slice(0, 2)}/${sha256}.${randomName()}`;
  }

  shardOf(blobKey: string): string {
    return join(this.blobs, blobKey.slice(0, 2));
  }

  isBlobKey(key: string): boolean {
    return blobKeyPattern.test(key);
  }

  blobPath(key: string): string {
    if (!this.isBlobKey(key)) throw unknownBlob();
    return join(this.blobs, key);
  }

  uploadFolder(key: string): string {
    if (!uploadKeyPattern.test(key)) throw unknownUpload();
    return join(this.uploads, key);
  }

  newTempPath(): string {
    return join(this.temp, randomName());
  }
}

export function randomName(): string {
  return randomBytes(16).toString('hex');
}

export function unknownBlob(cause?: unknown): RegistryError {
  return new RegistryError('NOT_FOUND', 'There are no bytes under this key.', { cause });
}

export function unknownUpload(cause?: unknown): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such upload; open a new one.', { cause });
}

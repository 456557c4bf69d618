import { randomBytes } from 'node:crypto';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { PhysicalKey, UploadKey } from '../../../ports/blob-store.ts';

const blobKeyPattern = /^([0-9a-f]{2})\/\1[0-9a-f]{30}$/;
const landingKeyPattern = /^direct\/[0-9a-f]{32}$/;
const uploadKeyPattern = /^[0-9a-f]{32}$/;
const multipartPattern = /^multipart\/([0-9a-f]{2}\/[0-9a-f]{32})\/([\x21-\x7e]{1,1024})$/;

/*
 * Where things are below the prefix. Every key is new and random: nothing is ever written twice under one, but for
 * the repetition of the same request, so no condition on a write is needed to keep what is there.
 *
 * - `blobs/ab/ab…`: finished blobs. `ab/ab…` is the physical key.
 * - `direct/…`: what a client put through an address of its own, until it is moved to `blobs/`. The whole is the key.
 * - `uploads/…/`: the pieces of one unfinished upload that comes through us.
 * - `probe/…`: tried and removed at the start.
 */

export function newBlobKey(): PhysicalKey {
  const name = randomName();
  return `${name.slice(0, 2)}/${name}`;
}

export function newLandingKey(): PhysicalKey {
  return `direct/${randomName()}`;
}

export function isLandingKey(key: string): boolean {
  return landingKeyPattern.test(key);
}

/** The object of a blob, or undefined where the key can be nobody's. */
export function objectOf(key: PhysicalKey): string | undefined {
  if (landingKeyPattern.test(key)) return key;
  return blobKeyPattern.test(key) ? `blobs/${key}` : undefined;
}

/** The folder of an upload through us, or undefined where the key is no such upload's. */
export function uploadFolder(key: UploadKey): string | undefined {
  return uploadKeyPattern.test(key) ? `uploads/${key}/` : undefined;
}

/** A direct upload in parts is known by its blob and by the storage's own name for it. */
export function multipartKey(blob: PhysicalKey, id: string): UploadKey {
  return `multipart/${blob}/${id}`;
}

export function multipartOf(key: UploadKey): { blob: PhysicalKey; object: string; id: string } | undefined {
  const [, blob, id] = multipartPattern.exec(key) ?? [];
  const object = blob === undefined ? undefined : objectOf(blob);
  return blob === undefined || id === undefined || object === undefined ? undefined : { blob, object, id };
}

export function randomName(): string {
  return randomBytes(16).toString('hex');
}

export function unknownBlob(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There are no bytes under this key.');
}

export function unknownUpload(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such upload; open a new one.');
}

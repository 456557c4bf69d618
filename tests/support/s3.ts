import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '../../packages/server/src/stores/blobs/s3/s3-client.ts';
import { fixedKeys } from '../../packages/server/src/stores/blobs/s3/s3-keys.ts';
import { S3Objects } from '../../packages/server/src/stores/blobs/s3/s3-objects.ts';
import type { S3Options } from '../../packages/server/src/stores/blobs/s3/s3-options.ts';
import { providedObjects } from './provided-servers.ts';

export interface TestBucket {
  options: S3Options;
  /** Keys of all objects and unfinished multipart uploads. */
  listAll(): Promise<string[]>;
  objects: S3Objects;
  /** Empties it as far as this test wrote to it. */
  release(): Promise<void>;
}

/** A prefix of its own in a bucket on the gateway, and a scratch folder. */
export async function borrowBucket(changes: Partial<S3Options> = {}): Promise<TestBucket> {
  const { endpoint, bucket, ...keys } = providedObjects();
  const folder = mkdtempSync(join(tmpdir(), 'weighhouse-s3-'));
  const options: S3Options = {
    endpoint,
    credentials: fixedKeys(keys),
    region: 'us-east-1',
    bucket,
    // all that a prefix may be made of: some of it is escaped in addresses, and signed so
    prefix: `(a)/b!-_.*'/${randomBytes(6).toString('hex')}/`,
    addressing: 'path',
    direct: true,
    scratchFolder: join(folder, 'scratch'),
    ...changes,
  };
  const client = new S3Client(options);
  const objects = new S3Objects(client);
  const listAll = async () => {
    const keys: string[] = [];
    for await (const { key } of objects.list('')) keys.push(key);
    for await (const { key, id } of objects.listMultiparts()) keys.push(`${key}?uploadId=${id}`);
    return keys;
  };
  return {
    options,
    objects,
    listAll,
    release: async () => {
      const keys: string[] = [];
      for await (const { key } of objects.list('')) keys.push(key);
      await objects.deleteAll(keys);
      for await (const { key, id } of objects.listMultiparts()) await objects.abortMultipart(key, id);
      client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

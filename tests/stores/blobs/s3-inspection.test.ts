import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectS3 } from '../../../packages/server/src/stores/blobs/s3/inspect-s3.ts';
import { fixedKeys, type S3Keys } from '../../../packages/server/src/stores/blobs/s3/s3-keys.ts';
import type { S3Options } from '../../../packages/server/src/stores/blobs/s3/s3-options.ts';
import { providedObjects } from '../../support/provided-servers.ts';
import { borrowBucket, type TestBucket } from '../../support/s3.ts';

/** Those of the gateway, but for one half. */
const keysWith = (changes: Partial<S3Keys>) => fixedKeys({ ...providedObjects(), ...changes });

describe('the inspection of an object storage', () => {
  let bucket: TestBucket;
  beforeEach(async () => {
    bucket = await borrowBucket();
  });
  afterEach(() => bucket.release());

  it('finds nothing wrong with one that is fit, and leaves nothing behind', async () => {
    expect(await inspectS3(bucket.options)).toEqual([]);
    expect(await bucket.listAll()).toEqual([]);
  });

  it.each<[string, (options: S3Options) => Partial<S3Options>, string]>([
    ['no bucket', () => ({ bucket: 'not-there' }), 'There is no bucket "not-there"'],
    ['another key', () => ({ credentials: keysWith({ accessKeyId: 'other' }) }), 'does not know'],
    ['another secret', () => ({ credentials: keysWith({ secretAccessKey: 'other' }) }), 'Check AWS_SECRET_ACCESS_KEY'],
    ['nobody at the address', () => ({ endpoint: 'http://127.0.0.1:9' }), 'http://127.0.0.1:9 does not answer'],
  ])('tells of %s in one line', async (_, changes, expected) => {
    const patience = { attempts: 1, firstPauseMs: 1, silenceMs: 10_000 };
    const problems = await inspectS3({ ...bucket.options, patience, ...changes(bucket.options) });
    expect(problems).toEqual([expect.stringContaining(expected)]);
    expect(problems[0]).not.toContain('\n');
  });
});

import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { S3BlobStore } from '../../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { borrowBucket, type TestBucket } from '../../support/s3.ts';
import { blobStoreSuite } from './blob-store-suite.ts';
import { brokenSource, digests, readAll, sourceOf, testBytes } from './test-bytes.ts';

blobStoreSuite('S3BlobStore', true, async () => {
  const bucket = await borrowBucket();
  const stores: S3BlobStore[] = [];
  const reopen = async () => {
    await stores.at(-1)?.close();
    const store = new S3BlobStore(bucket.options);
    stores.push(store);
    return store;
  };
  return {
    store: await reopen(),
    reopen,
    listAll: bucket.listAll,
    close: async () => {
      for (const store of stores) await store.close();
      await bucket.release();
    },
  };
});

const mebibyte = 1 << 20;

describe('S3BlobStore', () => {
  let bucket: TestBucket;
  let store: S3BlobStore;
  beforeEach(async () => {
    bucket = await borrowBucket();
    store = new S3BlobStore(bucket.options);
  });
  afterEach(async () => {
    await store.close();
    await bucket.release();
  });

  it.each([true, false])('stores large bodies in parts (size announced: %s)', async announced => {
    const bytes = testBytes(50 * mebibyte + 17);
    const size = announced ? bytes.length : undefined;
    const stored = await store.write(sourceOf(bytes), { size, ...digests(bytes) });
    expect(await bucket.objects.head(`blobs/${stored.key}`)).toMatchObject({ etag: expect.stringMatching(/-4$/) });
    expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
    expect(await bucket.listAll()).toEqual([`blobs/${stored.key}`]);
  });

  it('leaves nothing of a large body that breaks off or is another than was promised', async () => {
    const bytes = testBytes(40 * mebibyte);
    await expect(store.write(brokenSource(bytes), {})).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
    const { sha256 } = digests(testBytes(10));
    await expect(store.write(sourceOf(bytes), { sha256 })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await bucket.listAll()).toEqual([]);
    expect(await readdir(bucket.options.scratchFolder)).toEqual([]);
  });

  it('joins appended pieces large and small', async () => {
    const bytes = testBytes(60 * mebibyte + 5);
    const upload = await store.openUpload();
    const cuts = [0, 20 * mebibyte, 20 * mebibyte + 10, 20 * mebibyte + 1000, 45 * mebibyte, bytes.length];
    for (const [i, start] of cuts.slice(0, -1).entries()) {
      const source = i === 3 ? brokenSource : sourceOf;
      const piece = bytes.subarray(start, cuts[i + 1]);
      await store.append(upload, start, source(piece)).catch(() => {});
      expect(await store.uploadOffset(upload)).toBe(cuts[i + 1]);
    }
    const stored = await store.finishUpload(upload, digests(bytes));
    expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
    await store.abortUpload(upload);
    expect(await bucket.listAll()).toEqual([`blobs/${stored.key}`]);
  });

  it('removes what was abandoned for more than eight days, and nothing younger', async () => {
    const upload = await store.openUpload();
    await store.append(upload, 0, sourceOf(testBytes(10)));
    await bucket.objects.createMultipart('blobs/unfinished');
    const { key } = await store.write(sourceOf(testBytes(10)), {});
    const day = 24 * 3_600_000;
    for (const [days, left] of [
      [7, 4],
      [9, 1],
    ] as const) {
      // The storage refuses a clock that is off, and is asked again by its own.
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * day });
      await store.removeLeftovers();
      vi.useRealTimers();
      expect(await bucket.listAll()).toHaveLength(left);
    }
    expect(await store.stat(key)).toEqual({ size: 10 });
  });

  it('joins large parts inside the storage', async () => {
    const size = 6 * mebibyte;
    const bytes = testBytes(3 * size + 100);
    const upload = await store.openUpload();
    await Promise.all(
      [4, 2, 1, 3].map(number => {
        const part = bytes.subarray((number - 1) * size, number * size);
        return store.writePart(upload, { number, count: 4 }, sourceOf(part), { md5: digests(part).md5 });
      }),
    );
    const stored = await store.finishUpload(upload, digests(bytes), 4);
    expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectS3 } from '../../../packages/server/src/stores/blobs/s3/inspect-s3.ts';
import { S3BlobStore } from '../../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { fixedKeys } from '../../../packages/server/src/stores/blobs/s3/s3-keys.ts';
import type { S3Options } from '../../../packages/server/src/stores/blobs/s3/s3-options.ts';
import { MisbehavingS3, type SeenRequest, type Trouble } from '../../support/misbehaving-s3.ts';
import { blobStoreSuite } from './blob-store-suite.ts';
import { digests, readAll, sourceOf, testBytes } from './test-bytes.ts';

const mebibyte = 1 << 20;
const troubles: readonly Trouble[] = ['error 500', 'slow down', 'cut', 'cut after success', 'truncated'];

function optionsFor({ endpoint }: MisbehavingS3, scratchFolder: string): S3Options {
  return {
    endpoint,
    region: 'us-east-1',
    bucket: 'bucket',
    prefix: 'some/where/',
    addressing: 'path',
    credentials: fixedKeys({ accessKeyId: 'key', secretAccessKey: 'secret' }),
    direct: true,
    scratchFolder,
    patience: { attempts: 4, firstPauseMs: 1, silenceMs: 5_000 },
  };
}

/** Troubles every request once, each in its own way, and lets it pass when it comes again. */
function everyRequestOnce(): (request: SeenRequest) => Trouble | undefined {
  const troubled = new Set<string>();
  return ({ method, key, query }) => {
    const name = `${method} ${key} ${query}`;
    if (troubled.has(name)) return undefined;
    troubled.add(name);
    return troubles[troubled.size % troubles.length];
  };
}

let s3: MisbehavingS3;
let folder: string;
beforeEach(async () => {
  s3 = await MisbehavingS3.start();
  folder = mkdtempSync(join(tmpdir(), 'weighhouse-s3-'));
});
afterEach(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

blobStoreSuite('S3BlobStore where every request fails once', true, async () => {
  const stores: S3BlobStore[] = [];
  s3.trouble = everyRequestOnce();
  const reopen = async () => {
    await stores.at(-1)?.close();
    const store = new S3BlobStore(optionsFor(s3, folder));
    stores.push(store);
    return store;
  };
  return {
    store: await reopen(),
    reopen,
    listAll: async () => s3.keys(),
    close: async () => {
      for (const store of stores) await store.close();
    },
  };
});

describe('S3BlobStore on a storage that misbehaves', () => {
  let store: S3BlobStore;
  const open = (changes: Partial<S3Options> = {}) => {
    store = new S3BlobStore({ ...optionsFor(s3, folder), ...changes });
    return store;
  };
  beforeEach(() => void open());
  afterEach(() => store.close());

  const unavailable = expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' });
  const isComplete = ({ method, query }: SeenRequest) => method === 'POST' && query.has('uploadId');
  /** The first request of a kind, and no other. */
  const once = (kind: (request: SeenRequest) => boolean, trouble: Trouble) => {
    let left = 1;
    return (request: SeenRequest) => (kind(request) && left-- > 0 ? trouble : undefined);
  };

  it.each<Trouble>(['cut after success', 'late error', 'error 500'])('joins parts once (%s)', async trouble => {
    s3.trouble = once(isComplete, trouble);
    const bytes = testBytes(40 * mebibyte);
    const { key } = await store.write(sourceOf(bytes), digests(bytes));
    expect(s3.keys()).toEqual([`some/where/blobs/${key}`]);
    expect((await readAll(await store.read(key))).equals(bytes)).toBe(true);
  });

  it('gives up on what fails every time, and leaves nothing', async () => {
    s3.trouble = ({ method }) => (method === 'PUT' ? 'slow down' : undefined);
    await expect(store.write(sourceOf(testBytes(10)), {})).rejects.toEqual(unavailable);
    expect(s3.seen.filter(({ method }) => method === 'PUT')).toHaveLength(4);
    await expect(store.write(sourceOf(testBytes(40 * mebibyte)), {})).rejects.toEqual(unavailable);
    expect(s3.keys()).toEqual([]);
  });

  it('does not wait for ever for one that is silent', async () => {
    const patience = { attempts: 2, firstPauseMs: 1, silenceMs: 50 };
    const { key } = await store.write(sourceOf(testBytes(2 * mebibyte)), {});
    await store.close();
    open({ patience });
    s3.trouble = ({ method }) => (method === 'HEAD' ? 'silence' : undefined);
    await expect(store.stat(key)).rejects.toEqual(unavailable);
    s3.trouble = ({ method }) => (method === 'GET' ? 'stalled' : undefined);
    await expect(readAll(await store.read(key))).rejects.toEqual(unavailable);
    s3.trouble = once(({ method }) => method === 'GET', 'stalled');
    expect(await readAll(await store.read(key))).toHaveLength(2 * mebibyte);
  });

  it('reads on where an answer broke off', async () => {
    const bytes = testBytes(3 * mebibyte);
    const { key } = await store.write(sourceOf(bytes), {});
    let left = 3;
    s3.trouble = ({ method }) => (method === 'GET' && left-- > 0 ? 'truncated' : undefined);
    const reader = await store.read(key, { start: 5, end: bytes.length - 2 });
    expect((await readAll(reader)).equals(bytes.subarray(5, -1))).toBe(true);
    expect(left).toBeLessThan(0);
  });

  it('signs by the clock of the storage where ours is off', async () => {
    s3.habits = { clockLead: 3 * 3_600_000 };
    const { key } = await store.write(sourceOf(testBytes(10)), {});
    expect(await store.stat(key)).toEqual({ size: 10 });
    const url = await store.presigned.downloadUrl(key, {
      expiresInSeconds: 60,
      contentDisposition: 'attachment',
      contentType: 'text/plain',
    });
    const signed = new URL(url).searchParams.get('X-Amz-Date') ?? '';
    const hours = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 13).replace(/-/g, '');
    expect(signed.slice(0, 11)).toBe(hours);
  });

  it('passes parts through us where the storage cannot copy them', async () => {
    s3.trouble = ({ method, query, headers }) =>
      method === 'PUT' && query.has('uploadId') && headers['x-amz-copy-source'] !== undefined
        ? 'not implemented'
        : undefined;
    const bytes = testBytes(24 * mebibyte + 3);
    const upload = await store.openUpload();
    await store.append(upload, 0, sourceOf(bytes));
    const { key } = await store.finishUpload(upload, digests(bytes));
    expect((await readAll(await store.read(key))).equals(bytes)).toBe(true);
  });

  it('never relies on conditions, nor on ETags being MD5s', async () => {
    s3.habits = { opaqueEtags: true };
    const bytes = testBytes(40 * mebibyte);
    const { key } = await store.write(sourceOf(bytes), digests(bytes));
    expect((await readAll(await store.read(key))).equals(bytes)).toBe(true);
    expect(s3.seen.filter(({ headers }) => headers['if-none-match'] ?? headers['if-match'])).toEqual([]);
  });

  describe('with bytes that clients sent', () => {
    const bytes = testBytes(100);
    const { md5, sha256 } = digests(bytes);
    const land = (upload: string, body: Buffer) => {
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      s3.objects.set(`some/where/${upload}`, { bytes: body, etag, modified: new Date() });
    };

    it('reads them where the ETag does not tell', async () => {
      const upload = await store.presigned.openUpload();
      expect(await store.presigned.findWhole(upload, { md5 })).toBeUndefined();
      land(upload, bytes);
      const object = s3.objects.get(`some/where/${upload}`);
      s3.objects.set(`some/where/${upload}`, { ...object, bytes, etag: '"opaque"', modified: new Date() });
      expect(await store.presigned.findWhole(upload, { md5 })).toMatchObject({ size: 100, md5 });
      expect(s3.seen.filter(({ method }) => method === 'GET')).toHaveLength(1);
    });

    it('refuses and frees those that are others', async () => {
      const upload = await store.presigned.openUpload();
      land(upload, testBytes(100, 2));
      const finish = store.presigned.findWhole(upload, { md5 });
      await expect(finish).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
      expect(s3.keys()).toEqual([]);
    });

    it('settles them under a key that no address leads to, as they are then', async () => {
      const upload = await store.presigned.openUpload();
      land(upload, bytes);
      s3.trouble = everyRequestOnce();
      const settled = await store.presigned.settle(upload, 100);
      expect(settled).toMatchObject({ size: 100, md5, sha256 });
      land(upload, testBytes(100, 2));
      expect((await readAll(await store.read(settled.key))).equals(bytes)).toBe(true);
      await store.delete(upload);
      expect(s3.keys()).toEqual([`some/where/blobs/${settled.key}`]);
    });

    it('settles neither what is not there nor what has another size', async () => {
      const upload = await store.presigned.openUpload();
      await expect(store.presigned.settle(upload, 100)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      land(upload, bytes);
      await expect(store.presigned.settle(upload, 99)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
      expect(s3.keys()).toEqual([`some/where/${upload}`]);
    });

    it('joins parts once, though the answer is lost', async () => {
      const part = testBytes(5 * mebibyte);
      const whole = Buffer.concat([part, bytes]);
      const upload = await store.presigned.openUpload(2);
      const id = upload.split('/').at(-1) ?? '';
      const parts = s3.multiparts.get(id)?.parts;
      for (const [i, piece] of [part, bytes].entries()) {
        parts?.set(i + 1, { bytes: piece, etag: `"${digests(piece).md5}"` });
      }
      s3.trouble = once(isComplete, 'cut after success');
      const join = () => store.presigned.joinParts(upload, { md5: digests(whole).md5 }, [digests(part).md5, md5]);
      const stored = await join();
      expect(stored).toMatchObject({ size: whole.length, ...digests(whole) });
      expect(await join()).toEqual(stored);
    });

    it('names parts that are others', async () => {
      const upload = await store.presigned.openUpload(2);
      const parts = s3.multiparts.get(upload.split('/').at(-1) ?? '')?.parts;
      const part = testBytes(5 * mebibyte);
      parts?.set(1, { bytes: part, etag: `"${digests(part).md5}"` });
      parts?.set(2, { bytes: testBytes(100, 2), etag: `"${digests(testBytes(100, 2)).md5}"` });
      const finish = store.presigned.joinParts(upload, { md5 }, [digests(part).md5, md5]);
      await expect(finish).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', details: { parts: [2] } });
    });
  });
});

describe('the inspection of an object storage that is not fit', () => {
  const inspect = () => inspectS3(optionsFor(s3, folder));

  it('finds nothing where there is nothing', async () => {
    expect(await inspect()).toEqual([]);
    expect(s3.keys()).toEqual([]);
  });

  it('tells of every right that is missing, together', async () => {
    s3.habits = {
      denies: ({ method, query }) =>
        method === 'DELETE' || query.has('delete') || (method === 'GET' && query.has('list-type')),
    };
    expect(await inspect()).toEqual([
      expect.stringContaining('may not list objects (s3:ListBucket) below s3://bucket/some/where/'),
      expect.stringContaining('may not end and list unfinished uploads (s3:AbortMultipartUpload'),
      expect.stringContaining('may not delete objects (s3:DeleteObject)'),
    ]);
  });

  it('tells of a clock that is off', async () => {
    s3.habits = { clockLead: -3_600_000 };
    expect(await inspect()).toEqual([expect.stringMatching(/clock of this machine differs by 3(599|600|601) seconds/)]);
  });

  it('tells of a storage that does not check what clients send', async () => {
    s3.habits = { ignoresContentMd5: true };
    expect(await inspect()).toEqual([expect.stringContaining('Set WEIGHHOUSE_TRANSFER=proxied')]);
    expect(await inspectS3({ ...optionsFor(s3, folder), direct: false })).toEqual([]);
  });

  it('tells of operations that are missing', async () => {
    s3.trouble = ({ query }) => (query.has('uploads') ? 'not implemented' : undefined);
    expect(await inspect()).toEqual([
      expect.stringContaining('does not let us upload in parts'),
      expect.stringContaining('does not let us end and list unfinished uploads'),
    ]);
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { S3BlobStore } from '../../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { borrowBucket, type TestBucket } from '../../support/s3.ts';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';

let bucket: TestBucket;
let registry: StartedRegistry;
beforeAll(async () => {
  bucket = await borrowBucket();
  registry = await startRegistry({ blobs: new S3BlobStore(bucket.options) });
});
afterAll(async () => {
  expect(registry.errors).toEqual([]);
  await registry.stop();
  await bucket.release();
});

const bytes = Buffer.from('sent to the storage');
const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');

async function call(path: string, body: unknown) {
  const response = await fetch(`${registry.address}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${registry.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const open = (body: unknown) => call('/projects/research/rest/uploads', body);

test('a file whose MD5 is announced goes straight to the storage', async () => {
  const { body: upload } = await open({ md5: hex('md5'), size: bytes.length });
  expect(upload).toMatchObject({ offset: 0, size: bytes.length });
  expect(upload.direct.url.startsWith(bucket.options.endpoint)).toBe(true);
  const finish = (sha256: string) => call(`/uploads/${upload.id}/finish`, { sha256 });
  expect(await finish(hex('sha256'))).toMatchObject({ status: 400, body: { error: { code: 'UPLOAD_INCOMPLETE' } } });
  const put = (body: string | Buffer) =>
    fetch(upload.direct.url, {
      method: 'PUT',
      headers: upload.direct.headers,
      body: new Uint8Array(Buffer.from(body)),
    });
  expect((await put('something else')).status).toBe(400);
  expect((await put(bytes)).status).toBe(200);
  expect(await finish('0'.repeat(64))).toMatchObject({ status: 400, body: { error: { code: 'DIGEST_MISMATCH' } } });
  const blob = { sha256: hex('sha256'), md5: hex('md5'), size: bytes.length };
  for (let i = 0; i < 2; i++) expect(await finish(hex('sha256'))).toEqual({ status: 200, body: blob });
  expect(await bucket.listAll()).toEqual([expect.stringMatching(/^blobs\//)]);
});

test('without one, and for what is too large for one request, bytes come through us', async () => {
  for (const body of [{ size: 5 }, { md5: hex('md5'), size: 6 * 2 ** 30 }]) {
    expect((await open(body)).body.direct).toBeNull();
  }
});

test('nothing is appended to what goes elsewhere', async () => {
  const { body: upload } = await open({ md5: hex('md5') });
  const response = await fetch(`${registry.address}/api/v1/uploads/${upload.id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${registry.adminKey}`, 'upload-offset': '0' },
    body: new Uint8Array(bytes),
  });
  expect(response.status).toBe(409);
  expect((JSON.parse(await response.text()) as { error: { code: string } }).error.code).toBe('CONFLICT');
});

test('an MD5 that is none is refused', async () => {
  expect(await open({ md5: 'x' })).toMatchObject({ status: 400, body: { error: { code: 'INVALID_INPUT' } } });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3BlobStore } from '../../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { borrowBucket, type TestBucket } from '../../support/s3.ts';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { WandbProtocol } from '../../support/wandb-protocol.ts';

const bytes = Buffer.from('0123456789');
const path = '/api/v1/projects/research/rest/artifacts/m/versions/v0/files/a.bin';

describe.each([
  // Two names of one machine are two hosts to a client.
  ['on another host', 'localhost', true],
  ['on the same host', '127.0.0.1', false],
])('a file in a storage %s', (_, storageHost, isRedirected) => {
  let bucket: TestBucket;
  let registry: StartedRegistry;
  let headers: Record<string, string>;

  beforeAll(async () => {
    bucket = await borrowBucket();
    const endpoint = bucket.options.endpoint.replace('127.0.0.1', storageHost);
    registry = await startRegistry({ blobs: new S3BlobStore({ ...bucket.options, endpoint }) });
    headers = { authorization: `Bearer ${registry.adminKey}` };
    const wandb = new WandbProtocol(registry.address, registry.adminKey);
    const place = { entity: 'research', project: 'rest', run: 'r' };
    await wandb.createRun(place.entity, place.project, place.run);
    await wandb.logVersion(place, 'm', { 'a.bin': bytes }, { clientId: 'one' });
  });
  afterAll(async () => {
    expect(registry.errors).toEqual([]);
    await registry.stop();
    await bucket.release();
  });

  test(`is ${isRedirected ? 'fetched there' : 'passed on, so that no key gets there'}`, async () => {
    const first = await fetch(registry.address + path, { headers, redirect: 'manual' });
    expect(first.status).toBe(isRedirected ? 307 : 200);
    await first.arrayBuffer();
    if (isRedirected) {
      expect(first.headers.get('cache-control')).toBe('no-store');
      expect(new URL(first.headers.get('location') ?? '').hostname).toBe(storageHost);
    }
    for (const [range, status, expected] of [
      [undefined, 200, bytes],
      ['bytes=2-4', 206, bytes.subarray(2, 5)],
    ] as const) {
      const got = await fetch(registry.address + path, { headers: { ...headers, ...(range && { range }) } });
      expect(got.status).toBe(status);
      expect(Buffer.from(await got.arrayBuffer()).equals(expected)).toBe(true);
    }
    const beyond = await fetch(registry.address + path, {
      headers: { ...headers, range: 'bytes=99-' },
      redirect: 'manual',
    });
    expect(beyond.status).toBe(416);
    const head = await fetch(registry.address + path, { method: 'HEAD', headers, redirect: 'manual' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect((await fetch(registry.address + path)).status).toBe(401);
  });
});

import { randomBytes } from 'node:crypto';
import { api } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, sha256Of } from './bytes.ts';
import { rawRequest } from './raw-request.ts';
import { classifier, World } from './world.ts';

describe('downloads', () => {
  let world: World;
  const content = '0123456789';
  const file = { ...classifier, version: 'v0', path: 'ten.txt' };
  beforeAll(async () => {
    world = await World.start();
    await world.log({
      'ten.txt': content,
      'empty.bin': '',
      '100%.bin': 'percent',
      '%2e%2e%2fx': 'dots',
      '模型/重み "1".bin': 'names',
      '-rf': 'dash',
    });
  });
  afterAll(async () => {
    expect(world.registry.errors).toEqual([]);
    await world.registry.stop();
  });

  const get = async (headers: Record<string, string>, params = file) => {
    const response = await world.admin.send(api.artifactVersions.download, { params, headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  test.each([
    ['bytes=0-0', '0'],
    ['bytes=5-', '56789'],
    ['bytes=-1', '9'],
    ['bytes=0-100', content],
    ['bytes=3-4', '34'],
  ])('%s is that slice', async (range, slice) => {
    const answer = await get({ range });
    expect(answer).toMatchObject({ status: 206, text: slice });
    expect(answer.headers.get('content-range')).toMatch(/^bytes \d+-\d+\/10$/);
  });

  test.each(['bytes=10-', 'bytes=-0', 'bytes=99999999999999999999-', 'bytes=9007199254740993-'])(
    '%s lies beyond the end',
    async range => {
      const answer = await get({ range });
      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe('bytes */10');
      expect(answer.text).toContain('RANGE_NOT_SATISFIABLE');
    },
  );

  test.each([
    'bytes=5-4',
    'bytes=a-b',
    'bytes=1-2-3',
    'bytes=0x0-1',
    'bytes=,',
    'items=0-1',
    `bytes=${'0-0,'.repeat(1300)}0-0`,
  ])('%s is ignored', async range => {
    expect(await get({ range })).toMatchObject({ status: 200, text: content });
  });

  test('conditions', async () => {
    const etag = `"${sha256Of(content)}"`;
    expect((await get({})).headers.get('etag')).toBe(etag);
    expect(await get({ 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
    expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1', 'if-range': `W/${etag}` })).status).toBe(200);
  });

  test('HEAD says everything but the bytes', async () => {
    const url = `${world.registry.address}/api/v1/projects/research/churn/artifacts/classifier/versions/v0/files/ten.txt`;
    const response = await fetch(url, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${world.registry.adminKey}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('');
  });

  test.each([
    ['empty.bin', ''],
    ['100%.bin', 'percent'],
    ['%2e%2e%2fx', 'dots'],
    ['模型/重み "1".bin', 'names'],
    ['-rf', 'dash'],
  ])('the file %s', async (path, text) => {
    expect(await get({}, { ...file, path })).toMatchObject({ status: 200, text });
  });

  test('bytes leave as an attachment that no browser runs', async () => {
    const { headers } = await get({}, { ...file, path: '模型/重み "1".bin' });
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[^"]*"; filename\*=UTF-8''/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('content-type')).toBe('application/octet-stream');
  });

  test('a number is cached for ever, an alias asks again', async () => {
    expect((await get({})).headers.get('cache-control')).toContain('immutable');
    expect((await get({}, { ...file, version: 'latest' })).headers.get('cache-control')).toBe('private, no-cache');
  });

  test('8 MiB come back as they went, whole and in part', async () => {
    const bytes = new Uint8Array(randomBytes(8 << 20));
    const sha256 = await world.upload(bytes);
    await world.admin.ok(api.artifactVersions.create, {
      params: { ...classifier, name: 'large' },
      body: { files: [{ path: 'large.bin', sha256 }] },
    });
    const params = { ...classifier, name: 'large', version: 'v0', path: 'large.bin' };
    const whole = await world.admin.ok(api.artifactVersions.download, { params });
    expect(sha256Of(whole)).toBe(sha256);
    const part = await world.admin.ok(api.artifactVersions.download, {
      params,
      headers: { range: 'bytes=1000000-4000000' },
    });
    expect(sha256Of(part)).toBe(sha256Of(bytes.subarray(1_000_000, 4_000_001)));
  });

  test('an interrupted upload goes on where it stopped', async () => {
    const bytes = new Uint8Array(randomBytes(3 << 20));
    const home = { entity: 'research', project: 'churn' };
    const { id } = await world.admin.ok(api.uploads.open, {
      params: home,
      body: { size: bytes.length, sha256: sha256Of(bytes) },
    });
    const head = `PATCH /api/v1/uploads/${id} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.registry.adminKey}\r\nUpload-Offset: 0\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    await rawRequest(world.registry.port, [head, bytes.subarray(0, 2 << 20)], { hangUp: true });
    let offset = 0;
    await expect
      .poll(async () => {
        const response = await world.admin.call(api.uploads.offset, { params: { id } });
        offset = Number(response.headers.get('upload-offset'));
        return offset;
      })
      .toBeGreaterThan(0);
    await world.admin.fails(
      api.uploads.finish,
      { params: { id }, body: { sha256: sha256Of(bytes) } },
      'SIZE_MISMATCH',
      'UPLOAD_BUSY',
      'DIGEST_MISMATCH',
    );
    await expect
      .poll(
        async () =>
          (
            await world.admin.send(api.uploads.append, {
              params: { id },
              raw: bytes.slice(offset),
              headers: { 'upload-offset': String(offset) },
            })
          ).status,
      )
      .toBe(204);
    expect((await world.admin.ok(api.uploads.finish, { params: { id }, body: { sha256: sha256Of(bytes) } })).size).toBe(
      bytes.length,
    );
  });

  test('appending beyond the announced size, at a wrong place, and without a place', async () => {
    const { id } = await world.admin.ok(api.uploads.open, {
      params: { entity: 'research', project: 'churn' },
      body: { size: 4 },
    });
    await world.admin.fails(
      api.uploads.append,
      { params: { id }, raw: bytesOf('12345'), headers: { 'upload-offset': '0' } },
      'TOO_LARGE',
    );
    await world.admin.fails(api.uploads.append, { params: { id }, raw: bytesOf('1') }, 'INVALID_INPUT');
    for (const offset of ['-1', '9223372036854775808', '1e1', 'x'])
      await world.admin.fails(
        api.uploads.append,
        { params: { id }, raw: bytesOf('1'), headers: { 'upload-offset': offset } },
        'INVALID_INPUT',
      );
    const eve = await world.person('eve');
    await eve.fails(
      api.uploads.append,
      { params: { id }, raw: bytesOf('1'), headers: { 'upload-offset': '0' } },
      'NOT_FOUND',
    );
    await eve.fails(api.uploads.finish, { params: { id }, body: { sha256: sha256Of('1234') } }, 'NOT_FOUND');
  });
});

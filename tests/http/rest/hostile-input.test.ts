import { api } from '@weighhouse/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, sha256Of } from './bytes.ts';
import { rawRequest } from './raw-request.ts';
import { classifier, registered, World } from './world.ts';

/**
 * Input that is wrong, by mistake or by intent. After each: nothing more is stored than before, the server logged no
 * error of its own, and an ordinary request works.
 */
describe('hostile input', () => {
  let world: World;
  let before: Record<string, number>;
  let file: { path: string; sha256: string };

  beforeAll(async () => {
    world = await World.start();
    await world.log({ 'model.bin': 'the first' }, { aliases: ['best'] });
    await world.log({ 'model.bin': 'the second' }, { params: { ...classifier, name: 'zebra' } });
    file = { path: 'model.bin', sha256: await world.upload('the first') };
  });
  afterAll(async () => world.registry.stop());
  beforeEach(async () => {
    before = await world.registry.counts();
  });
  afterEach(async () => {
    expect(
      (await world.admin.ok(api.addresses.resolve, { query: { address: 'research/churn/classifier:best' } })).version,
    ).toBe('v0');
    expect(await world.registry.counts()).toEqual(before);
    expect(world.registry.errors.splice(0)).toEqual([]);
  });

  const create = (body: Record<string, unknown>) => ({ params: classifier, body: { files: [file], ...body } });
  const put = (sha256: string) => ({ entity: 'research', project: 'churn', sha256 });

  describe('uploads', () => {
    test('bytes with another digest', async () => {
      await world.admin.fails(
        api.uploads.putBlob,
        { params: put(sha256Of('one')), raw: bytesOf('other') },
        'DIGEST_MISMATCH',
      );
    });

    test.each(['', 'abc', 'A'.repeat(64), `sha256:${'a'.repeat(64)}`, `${'a'.repeat(63)}g`, `${'a'.repeat(64)}\n`])(
      'the digest %j',
      async sha256 => {
        const response = await world.admin.send(api.uploads.putBlob, { params: put(sha256), raw: bytesOf('x') });
        expect([400, 404]).toContain(response.status);
      },
    );

    test.each(['gzip', 'br', 'deflate, gzip'])('compressed with %s', async encoding => {
      await world.admin.fails(
        api.uploads.putBlob,
        { params: put(sha256Of('x')), raw: bytesOf('x'), headers: { 'content-encoding': encoding } },
        'INVALID_INPUT',
      );
    });

    test('a sender who hangs up half way', async () => {
      const head = `PUT /api/v1/projects/research/churn/blobs/${sha256Of('0123456789')} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.registry.adminKey}\r\nContent-Length: 10\r\n\r\n`;
      await rawRequest(world.registry.port, [head, '01234'], { hangUp: true });
      await expect.poll(() => world.registry.counts()).toEqual(before);
    });

    test('more than 5 TiB, refused before a byte', async () => {
      const head = `PUT /api/v1/projects/research/churn/blobs/${sha256Of('x')} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.registry.adminKey}\r\nContent-Length: 6000000000000\r\n\r\n`;
      const { status, body } = await rawRequest(world.registry.port, [head]);
      expect(status).toBe(413);
      expect(body).toContain('TOO_LARGE');
    });

    test('a refused sender reads why, though still sending', async () => {
      const head = `PUT /api/v1/projects/research/churn/blobs/${sha256Of('x')} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\nContent-Length: 1000000\r\n\r\n`;
      const { status, body } = await rawRequest(world.registry.port, [head, new Uint8Array(1_000_000)]);
      expect(status).toBe(401);
      expect(body).toContain('UNAUTHENTICATED');
    });

    test.each([-1, 1.5, 2 ** 53, 1e21, '5', null])('an announced size of %j', async size => {
      await world.admin.fails(
        api.uploads.open,
        { params: { entity: 'research', project: 'churn' }, raw: JSON.stringify({ size }) },
        'INVALID_INPUT',
      );
    });

    test('an announced size beyond the limit', async () => {
      await world.admin.fails(
        api.uploads.open,
        { params: { entity: 'research', project: 'churn' }, body: { size: 6_000_000_000_000 } },
        'TOO_LARGE',
      );
    });

    test.each(['0', '-1', '9007199254740993', 'x', '1e3', '../1'])('the upload %j, which is none', async id => {
      await world.admin.fails(api.uploads.finish, { params: { id }, body: { sha256: sha256Of('x') } }, 'NOT_FOUND');
    });
  });

  describe('versions', () => {
    test('unknown bytes', async () => {
      await world.admin.fails(
        api.artifactVersions.create,
        create({ files: [{ path: 'a', sha256: sha256Of('never sent') }] }),
        'BLOB_UNKNOWN',
      );
    });

    test("somebody else's bytes answer like unknown ones", async () => {
      const outsider = await world.person('eve');
      const secret = await world.upload('the first');
      const params = { entity: 'eve', project: 'mine', name: 'stolen' };
      const unknown = sha256Of('never sent either');
      const refused = async (sha256: string) => {
        const response = await outsider.send(api.artifactVersions.create, {
          params,
          body: { files: [{ path: 'a', sha256 }] },
        });
        return (await response.text()).replaceAll(sha256, '').replace(/"requestId":"[^"]+"/, '');
      };
      expect(await refused(secret)).toBe(await refused(unknown));
      before = await world.registry.counts();
    });

    test.each([
      '../x',
      'a/../../x',
      '/etc/passwd',
      'a//b',
      'a/',
      './a',
      'a/./b',
      '',
      '.',
      '..',
      'a\u0000.bin',
      'x'.repeat(4097),
    ])('the path %j', async path => {
      await world.admin.fails(api.artifactVersions.create, create({ files: [{ ...file, path }] }), 'INVALID_PATH');
    });

    test('a lone surrogate in a path', async () => {
      await world.admin.fails(
        api.artifactVersions.create,
        { params: classifier, raw: `{"files":[{"path":"a\\ud800","sha256":"${file.sha256}"}]}` },
        'INVALID_UNICODE',
      );
    });

    test('one path twice', async () => {
      await world.admin.fails(api.artifactVersions.create, create({ files: [file, file] }), 'MANIFEST_INVALID');
    });

    test.each(['v3', 'v0', 'v99999999999999999999', '', 'a/b', 'a:b', ' ', 'a\u0000', 'x'.repeat(129)])(
      'the alias %j',
      async alias => {
        await world.admin.fails(api.artifactVersions.create, create({ aliases: [alias] }), 'INVALID_ALIAS');
        if (alias.trim() === '' || /[/]/.test(alias)) return;
        await world.admin.fails(
          api.artifactAliases.set,
          { params: { ...classifier, alias }, body: { version: 'v0' } },
          'INVALID_ALIAS',
        );
      },
    );

    test.each(['a,b', ' a', 'a\n', 'é/', 'x'.repeat(129)])('the tag %j', async tag => {
      await world.admin.fails(api.artifactVersions.create, create({ tags: [tag] }), 'INVALID_TAG');
    });

    test('a second type under one name', async () => {
      await world.admin.fails(api.artifactVersions.create, create({ type: 'dataset' }), 'TYPE_MISMATCH');
    });

    test.each(['x'.repeat(129), 'x'.repeat(7000), 'a:b', '\u0007', '..'])('the artifact name %j', async name => {
      const response = await world.admin.send(api.artifacts.create, {
        params: { entity: 'research', project: 'churn' },
        body: { name },
      });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('INVALID_NAME');
    });

    test.each([null, 1, [], { toString: 'x' }])('the artifact name %j, which is no text', async name => {
      await world.admin.fails(
        api.artifacts.create,
        { params: { entity: 'research', project: 'churn' }, raw: JSON.stringify({ name }) },
        'INVALID_INPUT',
      );
    });

    test('a run that does not exist', async () => {
      await world.admin.fails(api.artifactVersions.create, create({ files: [file], run: 'nobody' }), 'NOT_FOUND');
    });

    test('101 keys of metadata', async () => {
      const metadata = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, i]));
      await world.admin.fails(api.artifactVersions.create, create({ metadata }), 'INVALID_INPUT');
    });

    test.each(['1e400', '9007199254740993', '-1e999', '18446744073709551616'])(
      'the number %s, which would become another',
      async number => {
        await world.admin.fails(
          api.artifactVersions.update,
          { params: { ...classifier, version: 'v0' }, raw: `{"metadata":{"n":${number}}}` },
          'INVALID_INPUT',
        );
      },
    );

    test('the same version twice at once: one of it, and both succeed', async () => {
      const answers = await Promise.all([1, 2, 3].map(() => world.admin.call(api.artifactVersions.create, create({}))));
      expect(answers.map(({ status, body }) => [status, body.version])).toEqual([
        [200, 'v0'],
        [200, 'v0'],
        [200, 'v0'],
      ]);
    });
  });

  describe('JSON', () => {
    const send = (raw: string | Uint8Array<ArrayBuffer>) => ({
      params: { entity: 'research' },
      raw,
      headers: { 'content-type': 'application/json' },
    });
    test.each(['[', '{', '{"metadata":'])('%s nested 100,000 deep', async opening => {
      await world.admin.fails(api.projects.create, send(opening.repeat(100_000)), 'JSON_TOO_DEEP', 'INVALID_JSON');
    });
    test('nested 100,000 deep and complete, inside metadata', async () => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      await world.admin.fails(
        api.artifactVersions.create,
        { params: classifier, raw: `{"metadata":{"a":${deep}}}` },
        'JSON_TOO_DEEP',
      );
    });
    test.each(['{"name":NaN}', "{'name':'x'}", '{"name":"x"}{}', '{"name":"x",}', '\ufeff{"name":"x"}', '// x'])(
      '%j',
      async raw => {
        await world.admin.fails(api.projects.create, send(raw), 'INVALID_JSON');
      },
    );
    test('what is not UTF-8', async () => {
      await world.admin.fails(
        api.projects.create,
        send(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
        'INVALID_UNICODE',
      );
    });
    test('another content type', async () => {
      await world.admin.fails(
        api.projects.create,
        { params: { entity: 'research' }, raw: bytesOf('name=x'), headers: { 'content-type': 'text/plain' } },
        'INVALID_INPUT',
      );
    });
    test('17 MB', async () => {
      await world.admin.fails(api.projects.create, send(`{"name":"${'x'.repeat(17_000_000)}"}`), 'TOO_LARGE');
    });
    test('fields that there are not, named', async () => {
      const details = await world.admin.fails(
        api.users.create,
        { raw: '{"username":"mallory","role":"admin","is_admin":true,"__proto__":{"admin":true}}' },
        'INVALID_INPUT',
      );
      expect((details.problems as { field: string }[]).map(({ field }) => field)).toEqual(
        expect.arrayContaining(['role', 'is_admin']),
      );
    });
  });

  describe('lists', () => {
    const params = { entity: 'research', project: 'churn' };
    test.each(['-1', '0', '1001', '1e3', ' 5', '10.5', '', 'NaN', '99999999999999999999'])('limit %j', async limit => {
      await world.admin.fails(api.artifacts.list, { params, query: { limit } }, 'INVALID_INPUT');
    });
    test.each([
      'x',
      '',
      'WyJhIl0',
      Buffer.from('["artifacts name"]').toString('base64url'),
      Buffer.from('["artifacts name",{},1]').toString('base64url'),
      Buffer.from('["artifacts name",1,"x"]').toString('base64url'),
      Buffer.from('{"__proto__":1}').toString('base64url'),
      `${Buffer.from('["artifacts name","a",1]').toString('base64url')}=`,
    ])('the cursor %j', async cursor => {
      await world.admin.fails(api.artifacts.list, { params, query: { cursor } }, 'INVALID_CURSOR');
    });
    test("another list's cursor", async () => {
      const { nextCursor } = await world.admin.ok(api.artifactAliases.list, {
        params: classifier,
        query: { limit: 1 },
      });
      expect(nextCursor).not.toBeNull();
      await world.admin.fails(api.artifacts.list, { params, query: { cursor: nextCursor ?? '' } }, 'INVALID_CURSOR');
      // the same shape, another order
      const forwards = await world.admin.ok(api.artifacts.list, { params, query: { limit: 1 } });
      const query = { order: '-name', cursor: forwards.nextCursor ?? '' };
      await world.admin.fails(api.artifacts.list, { params, query }, 'INVALID_CURSOR');
    });
    test.each(['name;drop', '(select 1)', 'api_keys.hash', '__proto__', 'constructor'])('order %j', async order => {
      await world.admin.fails(api.artifacts.list, { params, query: { order } }, 'INVALID_INPUT');
    });
    test('an unknown or repeated parameter', async () => {
      await world.admin.fails(api.artifacts.list, { params, query: { limitt: 5 } }, 'INVALID_INPUT');
      await world.admin.fails(api.artifacts.list, { params, query: { limit: ['5', '6'] } }, 'INVALID_INPUT');
    });
    test.each(["'", '"', ';--', "' OR 1=1", '%', '_', '*', '\\', '(((', 'NEAR('])(
      'searching for %j finds it literally',
      async name => {
        expect((await world.admin.ok(api.artifacts.list, { params, query: { name } })).items).toEqual([]);
      },
    );
  });

  describe('addresses and paths', () => {
    test.each(['', ':', 'a:', 'a/b/c/d:v1', '/a', 'a//b', '//', 'a/:v0'])('the address %j', async address => {
      await world.admin.fails(api.addresses.resolve, { query: { address } }, 'INVALID_ADDRESS');
    });
    test.each([
      '/api/v1/projects/research/churn/artifacts/classifier/versions/v0/files/../../../../../../../etc/passwd',
      '/api/v1/projects/research/churn/artifacts/classifier/versions/v0/files/%2e%2e%2f%2e%2e%2fetc/passwd',
      '/api/v1/projects/research/churn/artifacts/classifier/versions/v0/files/%00',
      '/api/v1/projects/%c0%ae/churn/artifacts',
      '/api/v1//viewer',
      '/API/V1/viewer',
      '/api/v1/viewer;x=1',
      '/api/v1/%2e%2e/docs',
    ])('%s', async path => {
      const { status, body } = await rawRequest(world.registry.port, [
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.registry.adminKey}\r\nConnection: close\r\n\r\n`,
      ]);
      expect([400, 404]).toContain(status);
      expect(body).not.toContain('root:');
      expect(JSON.parse(body)).toMatchObject({
        error: { code: status === 404 ? 'NOT_FOUND' : expect.stringMatching(/^INVALID_/) },
      });
    });
    test('a method that an address does not take', async () => {
      const response = await fetch(`${world.registry.address}/api/v1/viewer`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${world.registry.adminKey}` },
      });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    });
  });

  describe('keys', () => {
    test.each([undefined, '', 'wrong', 'null', `wh_${'a'.repeat(49)}`, 'a'.repeat(40), 'é'.repeat(40)])(
      '%j',
      async key => {
        const client = world.admin.as(key === undefined ? undefined : encodeURI(key));
        await client.fails(api.viewer.get, {}, 'UNAUTHENTICATED');
        await client.fails(api.artifactVersions.create, create({}), 'UNAUTHENTICATED');
      },
    );
    test('a key in the query is no key', async () => {
      await world.admin
        .as(undefined)
        .fails(api.viewer.get, { query: { api_key: world.registry.adminKey } }, 'UNAUTHENTICATED');
    });
    test('HTTP basic works as well', async () => {
      const authorization = `Basic ${Buffer.from(`api:${world.registry.adminKey}`).toString('base64')}`;
      expect((await world.admin.as(undefined).ok(api.viewer.get, { headers: { authorization } })).username).toBe(
        'admin',
      );
    });
    test('a host that is not ours', async () => {
      const { status, body } = await rawRequest(world.registry.port, [
        `GET /api/v1/viewer HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${world.registry.adminKey}\r\nConnection: close\r\n\r\n`,
      ]);
      expect(status).toBe(400);
      expect(body).toContain('HOST_NOT_ALLOWED');
    });
  });

  test('linking into a registry that takes another type, or into none', async () => {
    const version = 'research/churn/classifier:v0';
    await world.admin.fails(
      api.modelVersions.link,
      { params: { ...registered, registry: 'dataset' }, body: { version } },
      'TYPE_MISMATCH',
    );
    await world.admin.fails(
      api.modelVersions.link,
      { params: { ...registered, registry: 'nothing' }, body: { version } },
      'NOT_FOUND',
    );
  });
});

import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AbandonedWorkReaper } from '../../../packages/server/src/jobs/abandoned-work-reaper.ts';
import { BlobSettler } from '../../../packages/server/src/jobs/blob-settler.ts';
import { S3BlobStore } from '../../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { silent } from '../../support/rules-registry.ts';
import { borrowBucket, type TestBucket } from '../../support/s3.ts';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { manifestOf, md5Base64, put, WandbProtocol } from '../../support/wandb-protocol.ts';

const place = { entity: 'research', project: 'direct', run: 'r1' };
const mebibyte = 1 << 20;

/** Two different bodies with one MD5, from Wang et al. (2004). */
const collision = [
  'd131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70',
  'd131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70',
].map(hex => Buffer.from(hex, 'hex')) as [Buffer, Buffer];

describe('a registry whose clients are sent to the storage', () => {
  let bucket: TestBucket;
  let blobs: S3BlobStore;
  let registry: StartedRegistry;
  let wandb: WandbProtocol;
  let names = 0;

  beforeAll(async () => {
    bucket = await borrowBucket();
    blobs = new S3BlobStore(bucket.options);
    registry = await startRegistry({ blobs });
    wandb = new WandbProtocol(registry.address, registry.adminKey);
    await wandb.createRun(place.entity, place.project, place.run);
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(registry.errors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await registry?.stop();
    await bucket?.release();
  });

  const newName = () => `m${++names}`;
  const settleAll = () =>
    new BlobSettler(registry.store, registry.services.blobSettlement, { now: Date.now }, silent, 'test').run();

  /** Announces a version with files of its own, and where their bytes are to be sent. */
  async function announce(name: string, files: Record<string, Buffer>) {
    const { digest } = manifestOf(files);
    const version = await wandb.createArtifact({ ...place, name, digest, clientId: `${name}-${Math.random()}` });
    const draft = await wandb.createManifest(version.id, place, '');
    const again = () =>
      wandb.createFiles(
        version.id,
        draft.id,
        Object.entries(files).map(([path, bytes]) => ({ name: path, md5: md5Base64(bytes) })),
      );
    return { version, draft, again, targets: await again() };
  }

  async function finish(versionId: string, files: Record<string, Buffer>): Promise<string> {
    const bytes = Buffer.from(manifestOf(files).json);
    const { uploadUrl, headers } = await wandb.createManifest(versionId, place, md5Base64(bytes));
    await put(uploadUrl ?? '', bytes, headers);
    return wandb.commit(versionId);
  }

  async function download(versionId: string, path: string, headers: Record<string, string> = {}) {
    const { artifact } = await wandb.graphql<{
      artifact: { files: { edges: { node: { name: string; directUrl: string } }[] } };
    }>('query($id: ID!) { artifact(id: $id) { files(first: 100) { edges { node { name directUrl } } } } }', {
      id: versionId,
    });
    const url = artifact.files.edges.find(({ node }) => node.name === path)?.node.directUrl ?? '';
    expect(url.startsWith(registry.address)).toBe(true);
    const response = await fetch(url, { headers });
    return { response, bytes: Buffer.from(await response.arrayBuffer()), url };
  }

  async function blobsOf(versionId: string) {
    const id = Number(Buffer.from(versionId, 'base64').toString().split(':')[1]);
    const version = await registry.store.read.versions.findVersion(id);
    const page = await registry.store.read.versions.listEntries(version?.manifestId ?? 0, { limit: 100 });
    return registry.store.read.blobs.findBlobs(page.items.flatMap(({ blobId }) => (blobId === null ? [] : [blobId])));
  }

  test('bytes go to the storage and come from it', async () => {
    const files = { 'a.bin': Buffer.alloc(3 * mebibyte, 'a'), 'sub/ü "b".txt': Buffer.from('hello') };
    const name = newName();
    const { version, targets } = await announce(name, files);
    for (const [i, bytes] of Object.values(files).entries()) {
      expect(targets[i]?.uploadUrl).toContain(bucket.options.endpoint);
      await put(targets[i]?.uploadUrl ?? '', bytes, targets[i]?.uploadHeaders);
    }
    const id = await finish(version.id, files);
    for (const [path, bytes] of Object.entries(files)) {
      const got = await download(id, path);
      expect(got.response.url.startsWith(bucket.options.endpoint)).toBe(true);
      expect(got.bytes.equals(bytes)).toBe(true);
      expect(got.response.headers.get('content-type')).toBe('application/octet-stream');
      expect(got.response.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
      const part = await download(id, path, { range: 'bytes=1-3' });
      expect(part.response.status).toBe(206);
      expect(part.bytes.equals(bytes.subarray(1, 4))).toBe(true);
    }
    const { url } = await download(id, 'a.bin');
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.url).toBe(url);
    expect(head.headers.get('content-length')).toBe(String(3 * mebibyte));
  });

  test('what was announced and not sent keeps the version from being seen', async () => {
    const files = { a: Buffer.from('one'), b: Buffer.from('two') };
    const { version, targets, again } = await announce(newName(), files);
    await put(targets[0]?.uploadUrl ?? '', files.a, targets[0]?.uploadHeaders);
    await expect(finish(version.id, files)).rejects.toThrow('These files of the version were not uploaded: "b"');
    // The client asks anew, for what is missing and for what is not.
    const [, second] = await again();
    await put(second?.uploadUrl ?? '', files.b, second?.uploadHeaders);
    await wandb.commit(version.id);
    expect((await download(version.id, 'b')).bytes.toString()).toBe('two');
  });

  test('an address takes no other bytes, and is good for nothing else', async () => {
    const files = { a: Buffer.from('right') };
    const { targets, version } = await announce(newName(), files);
    const [{ uploadUrl, uploadHeaders } = { uploadUrl: '', uploadHeaders: [] }] = targets;
    const url = uploadUrl ?? '';
    const send = (body: string, headers: Record<string, string>, method = 'PUT', to = url) =>
      fetch(to, { method, headers, ...(method === 'PUT' && { body }) }).then(({ status }) => status);
    const md5 = { 'content-md5': md5Base64(files.a) };
    expect(await send('wrong', md5)).toBe(400);
    expect(await send('wrong', { 'content-md5': md5Base64(Buffer.from('wrong')) })).toBe(403);
    expect(await send('right', {})).toBe(403);
    expect(await send('', md5, 'GET')).toBe(403);
    expect(await send('', md5, 'DELETE')).toBe(403);
    expect(
      await send(
        'right',
        md5,
        'PUT',
        url.replace(/direct\/./, match => `${match.slice(0, -1)}x`),
      ),
    ).toBe(403);
    await expect(finish(version.id, files)).rejects.toThrow('were not uploaded');
    await put(url, files.a, uploadHeaders);
    await wandb.commit(version.id);
  });

  test('an address expires, and the client gets another for the same upload', async () => {
    const files = { a: Buffer.from('late') };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 25 * 3_600_000 });
    const name = newName();
    const { version, targets, again } = await announce(name, files);
    const old = targets[0];
    vi.useRealTimers();
    await expect(put(old?.uploadUrl ?? '', files.a, old?.uploadHeaders)).rejects.toThrow('403');
    const [fresh] = await again();
    expect(new URL(fresh?.uploadUrl ?? '').pathname).toBe(new URL(old?.uploadUrl ?? '').pathname);
    await put(fresh?.uploadUrl ?? '', files.a, fresh?.uploadHeaders);
    await finish(version.id, files);
  });

  test('soon after, every blob has its SHA-256, and equal ones are one', async () => {
    const bytes = Buffer.from('twice the same');
    const one = await wandb.logVersion(place, newName(), { a: bytes, b: bytes }, { clientId: 'equal-1' });
    const { url } = await download(one.id, 'b');
    const before = await blobsOf(one.id);
    expect(before.map(({ sha256 }) => sha256)).toEqual([null, null]);
    await settleAll();
    const [blob, ...others] = await blobsOf(one.id);
    expect(others).toEqual([]);
    expect(blob?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(blob?.physicalKey).not.toContain('direct/');
    // Addresses that were given out before lead to what the blob has become.
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes)).toBe(true);
    // Bytes that are known need not be sent again.
    const { targets } = await announce(newName(), { c: bytes });
    expect(targets[0]?.uploadUrl).toBeNull();
  });

  test('blobs that several servers settle at the same time become one of each, and stay readable', async () => {
    for (let round = 0; round < 5; round++) {
      const [bytes, other] = [Buffer.from(`same ${round}`), Buffer.from(`other ${round}`)];
      const { id } = await wandb.logVersion(
        place,
        newName(),
        { a: bytes, b: other, c: bytes },
        { clientId: newName() },
      );
      const landed = await blobsOf(id);
      expect(landed).toHaveLength(3);
      const { blobSettlement } = registry.services;
      const ended = await Promise.all([landed, landed.toReversed(), landed].map(blobs => blobSettlement.settle(blobs)));
      expect(ended.flatMap(failures => [...failures])).toEqual([]);
      const settled = await blobsOf(id);
      expect(settled.map(({ md5, sha256 }) => [md5, sha256]).sort()).toEqual(
        [bytes, other].map(one => ['md5', 'sha256'].map(hash => createHash(hash).update(one).digest('hex'))).sort(),
      );
      for (const [path, expected] of Object.entries({ a: bytes, b: other, c: bytes }))
        expect((await download(id, path)).bytes.equals(expected)).toBe(true);
    }
  });

  test('the same contents sent twice at once become one version, though nothing of them is hashed yet', async () => {
    const name = newName();
    const files = { a: Buffer.from(`contents of ${name}`), b: Buffer.from('b') };
    const both = [await announce(name, files), await announce(name, files)];
    for (const { targets } of both) {
      for (const [i, bytes] of Object.values(files).entries()) {
        await put(targets[i]?.uploadUrl ?? '', bytes, targets[i]?.uploadHeaders);
      }
    }
    const ids = [];
    for (const { version } of both) ids.push(await finish(version.id, files));
    expect(ids[1]).toBe(ids[0]);
  });

  test('contents that only share their MD5s are refused', async () => {
    const name = newName();
    const both = [await announce(name, { a: collision[0] }), await announce(name, { a: collision[1] })];
    for (const [i, { targets }] of both.entries()) {
      const [target] = targets;
      await put(target?.uploadUrl ?? '', collision[i] ?? Buffer.alloc(0), target?.uploadHeaders);
    }
    await finish(both[0]?.version.id ?? '', { a: collision[0] });
    const second = finish(both[1]?.version.id ?? '', { a: collision[1] });
    await expect(second).rejects.toThrow('MD5 collisions are not accepted');
  });

  test('an address that is still valid cannot change what was committed', async () => {
    const [mine, forged] = collision;
    const { version, targets } = await announce(newName(), { a: mine });
    const [target] = targets;
    await put(target?.uploadUrl ?? '', mine, target?.uploadHeaders);
    const id = await finish(version.id, { a: mine });
    await settleAll();
    // The storage cannot tell them apart and takes it.
    expect((await put(target?.uploadUrl ?? '', forged, target?.uploadHeaders)).status).toBe(200);
    await settleAll();
    expect((await download(id, 'a')).bytes.equals(mine)).toBe(true);
    const [blob] = await blobsOf(id);
    expect(blob?.sha256).toBe(createHash('sha256').update(mine).digest('hex'));
  });

  describe('in parts', () => {
    const whole = Buffer.concat([Buffer.alloc(6 * mebibyte, 'x'), Buffer.from(`the end ${Math.random()}`)]);
    const pieces = [whole.subarray(0, 6 * mebibyte), whole.subarray(6 * mebibyte)] as const;
    const hex = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
    const inParts = { name: 'big.bin', parts: pieces.map((bytes, i) => ({ partNumber: i + 1, hexMD5: hex(bytes) })) };
    const complete = (artifactID: string, uploadID: string, etags: string[]) =>
      wandb.graphql<{ completeMultipartUploadArtifact: { digest: string } }>(
        `mutation($input: CompleteMultipartUploadArtifactInput!) { completeMultipartUploadArtifact(input: $input) { digest } }`,
        {
          input: {
            completeMultipartAction: 'Complete',
            completedParts: etags.map((hexMD5, i) => ({ partNumber: i + 1, hexMD5 })),
            artifactID,
            storagePath: 'x',
            uploadID,
          },
        },
      );

    async function announceParts(announced: Buffer) {
      const name = newName();
      const { digest } = manifestOf({ 'big.bin': whole });
      const version = await wandb.createArtifact({ ...place, name, digest, clientId: name });
      const draft = await wandb.createManifest(version.id, place, '');
      const ask = (md5: string) => wandb.createFiles(version.id, draft.id, [{ ...inParts, md5 }]);
      const [target] = await ask(md5Base64(announced));
      return { version, multipart: target?.uploadMultipartUrls, ask };
    }

    async function send(url: string, bytes: Buffer): Promise<string> {
      return (await put(url, bytes, [`Content-MD5:${md5Base64(bytes)}`])).headers.get('etag') ?? '';
    }

    test('they are joined, read back and verified', async () => {
      const { version, multipart } = await announceParts(whole);
      const urls = multipart?.uploadUrlParts.map(({ uploadUrl }) => uploadUrl) ?? [];
      expect(urls).toHaveLength(2);
      for (const url of urls) expect(url.startsWith(bucket.options.endpoint)).toBe(true);
      await expect(send(urls[0] ?? '', pieces[1])).rejects.toThrow('403');
      const id = multipart?.uploadID ?? '';
      const [first = ''] = await Promise.all([send(urls[0] ?? '', pieces[0])]);
      await expect(complete(version.id, id, [first, first])).rejects.toThrow('Parts are missing: 2');
      const second = await send(urls[1] ?? '', pieces[1]);
      const all = await Promise.all([1, 2].map(() => complete(version.id, id, [first, second])));
      for (const { completeMultipartUploadArtifact } of all) {
        expect(completeMultipartUploadArtifact.digest).toBe(md5Base64(whole));
      }
      await finish(version.id, { 'big.bin': whole });
      expect((await download(version.id, 'big.bin', { range: 'bytes=6291450-' })).bytes).toEqual(
        whole.subarray(6291450),
      );
      const [blob] = await blobsOf(version.id);
      expect(blob?.sha256).toBe(createHash('sha256').update(whole).digest('hex'));
      await expect(send(urls[0] ?? '', pieces[0])).rejects.toThrow('404');
    });

    test('what nobody finished is freed after seven days', async () => {
      const { multipart } = await announceParts(Buffer.from('never finished'));
      await send(multipart?.uploadUrlParts[0]?.uploadUrl ?? '', pieces[0]);
      const files = { a: Buffer.from('never committed') };
      const { targets } = await announce(newName(), files);
      await put(targets[0]?.uploadUrl ?? '', files.a, targets[0]?.uploadHeaders);
      const unfinished = async () => (await bucket.listAll()).filter(key => /direct|uploadId/.test(key));
      const before = (await unfinished()).length;
      const reap = (days: number) => {
        const clock = { now: () => Date.now() + days * 24 * 3_600_000 };
        return new AbandonedWorkReaper(registry.store, blobs, clock, silent, 'test').run();
      };
      await reap(6);
      expect(await unfinished()).toHaveLength(before);
      await reap(8);
      expect(before - (await unfinished()).length).toBeGreaterThanOrEqual(2);
      expect((await unfinished()).filter(key => key.includes('uploadId'))).toEqual([]);
    });

    test('a whole that is another than was announced is refused, and can be sent anew', async () => {
      const other = Buffer.from('something else');
      const { version, multipart, ask } = await announceParts(other);
      const urls = multipart?.uploadUrlParts.map(({ uploadUrl }) => uploadUrl) ?? [];
      const etags = [await send(urls[0] ?? '', pieces[0]), await send(urls[1] ?? '', pieces[1])];
      await expect(complete(version.id, multipart?.uploadID ?? '', etags)).rejects.toThrow('another md5');
      const [anew] = await ask(md5Base64(other));
      expect(anew?.uploadMultipartUrls?.uploadID).not.toBe(multipart?.uploadID);
      for (const url of urls) await expect(send(url, pieces[0])).rejects.toThrow(/40[34]/);
    });
  });
});

describe('a registry whose clients cannot reach the storage', () => {
  test('passes everything through', async () => {
    const bucket = await borrowBucket();
    const registry = await startRegistry({ blobs: new S3BlobStore(bucket.options), transfer: 'proxied' });
    try {
      const wandb = new WandbProtocol(registry.address, registry.adminKey);
      await wandb.createRun(place.entity, place.project, place.run);
      const name = 'proxied';
      const files = { a: Buffer.alloc(20 * mebibyte, 'p') };
      const { digest } = manifestOf(files);
      const version = await wandb.createArtifact({ ...place, name, digest, clientId: name });
      const draft = await wandb.createManifest(version.id, place, '');
      const [target] = await wandb.createFiles(version.id, draft.id, [{ name: 'a', md5: md5Base64(files.a) }]);
      expect(target?.uploadUrl?.startsWith(registry.address)).toBe(true);
      await wandb.logVersion(place, name, files, { clientId: 'proxied-2' });
      const response = await fetch(
        `${registry.address}/api/v1/projects/research/direct/artifacts/proxied/versions/v0/files/a`,
        { headers: { authorization: `Bearer ${registry.adminKey}` } },
      );
      expect(response.url.startsWith(registry.address)).toBe(true);
      expect(Buffer.from(await response.arrayBuffer()).equals(files.a)).toBe(true);
      expect(registry.errors).toEqual([]);
    } finally {
      await registry.stop();
      await bucket.release();
    }
  });
});

import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Blob, Upload } from '../../packages/server/src/ports/metadata/blobs.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
let projectId: number;
beforeEach(async () => {
  registry = await RulesRegistry.open();
  projectId = (await registry.services.projects.ensure(registry.admin, 'research', 'digits', 'version.log')).project.id;
});
afterEach(() => registry.close());

const bytes = (text: string) => Readable.from([Buffer.from(text)]);

async function appended(text: string): Promise<Upload> {
  const { uploads } = registry.services;
  const { upload } = await uploads.open(registry.admin, projectId, {});
  await uploads.append(upload, 0, bytes(text));
  return upload;
}

test('equal bytes are one blob, and the second copy is freed', async () => {
  const { uploads } = registry.services;
  const first = await uploads.receiveBlob(registry.admin, projectId, bytes('same'), {});
  const second = await uploads.receiveBlob(registry.admin, projectId, bytes('same'), {});
  expect(second.id).toBe(first.id);
  expect(await registry.blobs.stat(first.physicalKey)).toEqual({ size: 4 });
});

test('finishing an upload again, also at the same time, gives the same bytes', async () => {
  const { uploads } = registry.services;
  const upload = await appended('weights');
  const blobs = await Promise.all([1, 2, 3].map(() => uploads.finish(registry.admin, upload, {})));
  expect(new Set(blobs.map(({ id }) => id)).size).toBe(1);
  expect((await uploads.finish(registry.admin, upload, {})).id).toBe(blobs[0]?.id);
  expect(await registry.blobs.stat(blobs[0]?.physicalKey ?? '')).toEqual({ size: 7 });
  await expect(uploads.finish(registry.admin, upload, { sha256: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test('an upload that another request finishes just before gives the same bytes', async () => {
  const { uploads } = registry.services;
  const upload = await appended('weights');
  const finish = registry.blobs.finishUpload.bind(registry.blobs);
  const others: Blob[] = [];
  const overtaken = vi.spyOn(registry.blobs, 'finishUpload').mockImplementation(async (...given) => {
    overtaken.mockRestore();
    // says more than the other, so that it does not join it
    others.push(await uploads.finish(registry.admin, upload, { size: 7 }));
    return finish(...given);
  });
  expect([await uploads.finish(registry.admin, upload, {})]).toEqual(others);
});

test('a wrong digest or size keeps nothing, and the upload can go on', async () => {
  const { uploads } = registry.services;
  await expect(
    uploads.receiveBlob(registry.admin, projectId, bytes('x'), { sha256: '0'.repeat(64) }),
  ).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
  await expect(uploads.receiveBlob(registry.admin, projectId, bytes('x'), { size: 2 })).rejects.toMatchObject({
    code: 'SIZE_MISMATCH',
  });
  const upload = await appended('weights');
  await expect(uploads.finish(registry.admin, upload, { sha256: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
});

test('bytes that were lost from the store are healed by sending them again', async () => {
  const { uploads } = registry.services;
  const first = await uploads.receiveBlob(registry.admin, projectId, bytes('precious'), {});
  await registry.blobs.delete(first.physicalKey);
  const healed = await uploads.receiveBlob(registry.admin, projectId, bytes('precious'), {});
  expect(healed.id).toBe(first.id);
  const stored = await registry.store.read.blobs.findBlob(first.id);
  expect(await registry.blobs.stat(stored?.physicalKey ?? '')).toEqual({ size: 8 });
});

test('uploads belong to who opened them', async () => {
  const upload = await appended('weights');
  const colleague = await registry.person('ada', { team: 'member' });
  await expect(registry.services.uploads.get(colleague, upload.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('knowing a digest grants nothing', async () => {
  const secret = await registry.services.uploads.receiveBlob(registry.admin, projectId, bytes('secret weights'), {});
  const stranger = await registry.person('stranger');
  expect(await registry.services.blobAccess.usable(registry.admin, [secret.sha256 ?? ''])).toHaveProperty('size', 1);
  expect(await registry.services.blobAccess.usable(stranger, [secret.sha256 ?? ''])).toHaveProperty('size', 0);
});

test('an aborted upload is gone', async () => {
  const { uploads } = registry.services;
  const upload = await appended('weights');
  await uploads.abort(upload);
  await expect(uploads.finish(registry.admin, upload, {})).rejects.toMatchObject({ code: 'GONE' });
});

import { existsSync } from 'node:fs';
import { appendFile, lstat, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FileOperations,
  nodeFileOperations,
} from '../../../packages/server/src/stores/blobs/file-system/file-operations.ts';
import { FileSystemBlobStore } from '../../../packages/server/src/stores/blobs/file-system/file-system-blob-store.ts';
import { blobStoreSuite } from './blob-store-suite.ts';
import { digests, readAll, sourceOf, testBytes } from './test-bytes.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weighhouse-blobs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Every file below the root. */
async function listFiles(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name));
}

blobStoreSuite('FileSystemBlobStore', true, async () => {
  const stores: FileSystemBlobStore[] = [];
  const reopen = async () => {
    await stores.at(-1)?.close();
    const store = new FileSystemBlobStore({ root });
    stores.push(store);
    return store;
  };
  return {
    store: await reopen(),
    reopen,
    listAll: listFiles,
    close: async () => {
      for (const store of stores) await store.close();
    },
  };
});

describe('FileSystemBlobStore on a disk that fails', () => {
  const failing = (changes: Partial<FileOperations>) =>
    new FileSystemBlobStore({ root, operations: { ...nodeFileOperations, ...changes } });
  const systemError = (code: string) => Object.assign(new Error(code), { code });

  it.each([1, 3 << 20])('closes for writing after one failed sync of a file (%i bytes)', async size => {
    let fail = false;
    let syncs = 0;
    const store = failing({
      async sync(file) {
        if (!(await file.stat()).isFile()) return nodeFileOperations.sync(file);
        syncs++;
        if (fail) throw systemError('EIO');
        return nodeFileOperations.sync(file);
      },
    });
    const { key } = await store.write(sourceOf(testBytes(size)), {});
    const before = await listFiles();
    fail = true;
    await expect(store.write(sourceOf(testBytes(size)), {})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(syncs).toBe(2);
    expect(await listFiles()).toEqual(before);
    fail = false;
    await expect(store.write(sourceOf(testBytes(size)), {})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.checkWritable()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.openUpload()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(syncs).toBe(2);
    expect((await readAll(await store.read(key))).length).toBe(size);
  });

  it('closes for writing after a failed sync of a folder, and leaves no name there', async () => {
    let fail = false;
    const store = failing({
      async sync(file) {
        if (fail && !(await file.stat()).isFile()) throw systemError('EIO');
        return nodeFileOperations.sync(file);
      },
    });
    await store.write(sourceOf(testBytes(10)), {});
    const before = await listFiles();
    fail = true;
    await expect(store.write(sourceOf(testBytes(10)), {})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await listFiles()).toEqual(before);
    await expect(store.checkWritable()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('notices a failed sync in the background of a long write', async () => {
    const store = failing({ syncData: () => Promise.reject(systemError('EIO')) });
    const writing = store.write(sourceOf(Buffer.alloc(70 << 20), 1 << 20), {});
    await expect(writing).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(store.checkWritable()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await listFiles()).toEqual([]);
  });

  it.each([1, 3 << 20])('says that the disk is full, and goes on when it is not (%i bytes)', async size => {
    let full = true;
    const store = failing({
      write: (...args) => (full ? Promise.reject(systemError('ENOSPC')) : nodeFileOperations.write(...args)),
    });
    await expect(store.write(sourceOf(testBytes(size)), {})).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await listFiles()).toEqual([]);
    full = false;
    expect(await store.write(sourceOf(testBytes(size)), {})).toMatchObject({ size });
  });

  it('refuses writes before the disk is full', async () => {
    const { bavail, bsize } = await nodeFileOperations.statfs(root);
    const store = new FileSystemBlobStore({ root, minFreeBytes: bavail * bsize * 2 });
    await expect(store.write(sourceOf(testBytes(1)), {})).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await expect(store.checkWritable()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    const roomy = new FileSystemBlobStore({ root });
    const huge = roomy.write(sourceOf(testBytes(1)), { size: bavail * bsize });
    await expect(huge).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });

  it('does not pass a shortened file off as whole', async () => {
    const store = new FileSystemBlobStore({ root });
    const { key } = await store.write(sourceOf(testBytes(3 << 20)), {});
    const reader = await store.read(key);
    await truncate(join(root, 'blobs', key), 1 << 20);
    await expect(readAll(reader)).rejects.toThrow('early');
  });
});

describe('FileSystemBlobStore keeps its folder to itself', () => {
  it('makes files for their owner only', async () => {
    const store = new FileSystemBlobStore({ root: join(root, 'a', 'b') });
    await store.write(sourceOf(testBytes(10)), {});
    const upload = await store.openUpload();
    await store.append(upload, 0, sourceOf(testBytes(10)));
    await store.writePart(await store.openUpload(), { number: 2, count: 2 }, sourceOf(testBytes(10)), {});
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const { mode } = await lstat(join(entry.parentPath, entry.name));
      expect([entry.name, mode & 0o777]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });

  it('follows no link that was planted where it writes', async () => {
    const victim = join(root, 'victim');
    await writeFile(victim, 'precious');
    const planting: FileOperations = {
      ...nodeFileOperations,
      async open(path, flags, mode) {
        if (path.includes('/temp/') && !existsSync(path)) await symlink(victim, path);
        return nodeFileOperations.open(path, flags, mode);
      },
    };
    const store = new FileSystemBlobStore({ root: join(root, 'store'), operations: planting });
    await expect(store.write(sourceOf(testBytes(10)), {})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });

  it('removes what a crash left, and nothing else', async () => {
    const store = new FileSystemBlobStore({ root });
    const { key } = await store.write(sourceOf(testBytes(10)), {});
    const upload = await store.openUpload();
    await store.append(upload, 0, sourceOf(testBytes(7)));
    await writeFile(join(root, 'temp', 'f'.repeat(32)), 'torn');
    await store.removeLeftovers();
    expect(await readdir(join(root, 'temp'))).toEqual([]);
    expect(await store.stat(key)).toEqual({ size: 10 });
    expect(await store.uploadOffset(upload)).toBe(7);
  });

  it('trusts no bytes and no line of a record that a crash may have torn', async () => {
    const bytes = testBytes(1000);
    const upload = await new FileSystemBlobStore({ root }).openUpload();
    const folder = join(root, 'uploads', upload);
    await new FileSystemBlobStore({ root }).append(upload, 0, sourceOf(bytes.subarray(0, 600)));
    await appendFile(join(folder, 'data'), 'not synced');
    await appendFile(join(folder, 'record'), '{"offset":7');
    const store = new FileSystemBlobStore({ root });
    expect(await store.uploadOffset(upload)).toBe(600);
    await store.append(upload, 600, sourceOf(bytes.subarray(600)));
    const restarted = new FileSystemBlobStore({ root });
    expect(await restarted.uploadOffset(upload)).toBe(1000);
    expect(await restarted.finishUpload(upload, digests(bytes))).toMatchObject({ size: 1000 });
  });

  it('finishes what crashed between verifying and naming', async () => {
    const bytes = testBytes(1000);
    let crash = true;
    const operations: FileOperations = {
      ...nodeFileOperations,
      rename: (from, to) => (crash ? Promise.reject(new Error('crash')) : nodeFileOperations.rename(from, to)),
    };
    const store = new FileSystemBlobStore({ root, operations });
    const upload = await store.openUpload();
    await store.append(upload, 0, sourceOf(bytes));
    await expect(store.finishUpload(upload, {})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    crash = false;
    const stored = await new FileSystemBlobStore({ root }).finishUpload(upload, digests(bytes));
    expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
  });
});

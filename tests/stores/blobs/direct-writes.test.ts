import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobReader } from '../../../packages/server/src/ports/blob-store.ts';
import {
  type FileOperations,
  nodeFileOperations,
} from '../../../packages/server/src/stores/blobs/file-system/file-operations.ts';
import { FileSystemBlobStore } from '../../../packages/server/src/stores/blobs/file-system/file-system-blob-store.ts';
import { brokenSource, digests, readAll, sourceOf, testBytes } from './test-bytes.ts';

const mebibyte = 1 << 20;
/** From here on files are written past the page cache. */
const directFrom = 8 * mebibyte;
const systemError = (code: string) => Object.assign(new Error(code), { code });

/** The operations of this machine, with a count of what was direct among them, and failures of it. */
class Watched {
  opened = 0;
  written = 0;
  failOpen: string | undefined;
  failWrite: string | undefined;
  /** milliseconds that each direct write takes longer than this machine's disk */
  delay = 0;
  readonly #direct = new WeakSet<FileHandle>();
  readonly operations: FileOperations = {
    ...nodeFileOperations,
    open: async (path, flags, mode) => {
      const direct = (flags & constants.O_DIRECT) !== 0;
      if (direct) this.opened++;
      if (direct && this.failOpen !== undefined) throw systemError(this.failOpen);
      const handle = await nodeFileOperations.open(path, flags, mode);
      if (direct) this.#direct.add(handle);
      return handle;
    },
    write: async (file, bytes, position) => {
      const direct = this.#direct.has(file);
      if (direct && this.failWrite !== undefined) throw systemError(this.failWrite);
      if (direct && this.delay > 0) await pause(this.delay);
      await nodeFileOperations.write(file, bytes, position);
      if (direct) this.written += bytes.length;
    },
  };
}

/** Whether the file system of a folder takes direct writes out of memory that begins at a page. */
async function takesDirectWrites(folder: string): Promise<boolean> {
  const { O_WRONLY, O_CREAT, O_DIRECT } = constants;
  const path = join(folder, 'probe');
  try {
    const file = await open(path, O_WRONLY | O_CREAT | O_DIRECT);
    const aligned = Buffer.from(new ArrayBuffer(mebibyte, { maxByteLength: mebibyte }));
    await file.write(aligned, 0, mebibyte, 0).finally(() => file.close());
    return true;
  } catch {
    return false;
  } finally {
    await rm(path, { force: true });
  }
}

/** Reads as a download does: into buffers that begin at a page, two reads under way at a time. */
async function readInto(reader: BlobReader, size: number): Promise<Buffer> {
  const got: Buffer[] = [];
  const begin = () => {
    const buffer = Buffer.from(new ArrayBuffer(size, { maxByteLength: size }));
    return { buffer, length: reader.read?.(buffer) ?? Promise.resolve(0) };
  };
  let next = begin();
  for (;;) {
    const { buffer, length } = next;
    next = begin();
    const bytes = await length;
    if (bytes === 0) break;
    got.push(buffer.subarray(0, bytes));
  }
  await next.length;
  reader.stream.destroy();
  return Buffer.concat(got);
}

const memoryFolder = '/dev/shm';
const hasMemoryFolder = await readdir(memoryFolder).then(
  () => true,
  () => false,
);

describe.each([
  { where: 'a disk', folder: tmpdir() },
  { where: 'a disk that refuses to open files for direct writes', folder: tmpdir(), failOpen: 'EINVAL' },
  { where: 'a disk that refuses direct writes', folder: tmpdir(), failWrite: 'EINVAL' },
  ...(hasMemoryFolder ? [{ where: 'a file system in memory', folder: memoryFolder }] : []),
])('Large files on $where', ({ folder, failOpen, failWrite }) => {
  let root: string;
  let watched: Watched;
  let store: FileSystemBlobStore;
  beforeEach(async () => {
    root = await mkdtemp(join(folder, 'weighhouse-direct-'));
    watched = Object.assign(new Watched(), { failOpen, failWrite });
    store = new FileSystemBlobStore({ root, operations: watched.operations });
  });
  afterEach(async () => {
    await store.close();
    await rm(root, { recursive: true, force: true });
  });

  const checkKept = async (key: string, bytes: Buffer) => {
    expect((await readAll(await new FileSystemBlobStore({ root }).read(key))).equals(bytes)).toBe(true);
  };

  const boundaries = [0, 4096, mebibyte, 5 * mebibyte + 8, directFrom, directFrom + mebibyte, 11 * mebibyte + 4096];
  it.each(boundaries.flatMap(size => [size - 1, size, size + 1]).filter(size => size >= 0))(
    'keep all of %i bytes',
    async size => {
      const bytes = testBytes(size);
      const stored = await store.write(sourceOf(bytes), { size, ...digests(bytes) });
      await checkKept(stored.key, bytes);
    },
  );

  it('go on at odd offsets, also after broken senders', async () => {
    const bytes = testBytes(21 * mebibyte + 77);
    const upload = await store.openUpload();
    let offset = 0;
    for (const end of [1, 4097, 7 * mebibyte + 13, 11 * mebibyte - 1, 11 * mebibyte + 3, 16 * mebibyte]) {
      const sending = store.append(upload, offset, brokenSource(bytes.subarray(offset, end)));
      await expect(sending).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
      offset = await store.uploadOffset(upload);
      expect(offset).toBe(end);
    }
    await store.append(upload, offset, sourceOf(bytes.subarray(offset)));
    const stored = await store.finishUpload(upload, digests(bytes));
    await checkKept(stored.key, bytes);
  });

  it.each([4 * mebibyte, 4 * mebibyte + 4096, 3 * mebibyte + 5])(
    'are whole when parts of %i bytes come in any order, break off and come again',
    async partSize => {
      const count = 6;
      const whole = testBytes((count - 1) * partSize + 1_500_001);
      const part = (number: number) => whole.subarray((number - 1) * partSize, number * partSize);
      const upload = await store.openUpload();
      const send = (number: number, bytes = part(number)) =>
        store.writePart(upload, { number, count }, sourceOf(bytes), { size: bytes.length, md5: digests(bytes).md5 });
      await send(4);
      await Promise.all([6, 3, 5].map(number => send(number)));
      const broken = store.writePart(upload, { number: 2, count }, brokenSource(part(3)), { size: partSize });
      await expect(broken).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
      await send(3, testBytes(partSize, 9));
      await Promise.all([1, 2, 3, 5].map(number => send(number)));
      const stored = await store.finishUpload(upload, { size: whole.length, ...digests(whole) }, count);
      await checkKept(stored.key, whole);
    },
  );

  it('are written past the page cache where that is possible, and asked for it once where it is not', async () => {
    const bytes = testBytes(directFrom + 3 * mebibyte + 1);
    for (let i = 0; i < 2; i++) await store.write(sourceOf(bytes), digests(bytes));
    if (failOpen !== undefined || failWrite !== undefined) {
      expect(watched).toMatchObject({ opened: 1, written: 0 });
    } else if (await takesDirectWrites(root)) {
      expect(watched).toMatchObject({ opened: 2, written: 6 * mebibyte });
    } else {
      expect(watched.written).toBe(0);
    }
  });

  it('are read right by the first reader and by later ones, whole and in ranges, read after read at once', async () => {
    const bytes = testBytes(directFrom + 3 * mebibyte + 4097);
    const end = bytes.length - 1;
    for (const [start, size] of [
      [0, mebibyte],
      [0, 70_001],
      [4096, mebibyte],
      [4097, mebibyte],
      [mebibyte, 2 * mebibyte],
    ] as const) {
      const { key } = await store.write(sourceOf(bytes), {});
      for (let reader = 1; reader <= 3; reader++) {
        for (const range of [{ start, end: end - 5 }, undefined]) {
          const expected = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
          expect((await readInto(await store.read(key, range), size)).equals(expected)).toBe(true);
        }
      }
      expect((await readAll(await store.read(key))).equals(bytes)).toBe(true);
      await store.delete(key);
    }
  });

  it('are read past the page cache once, as far as nobody has read them', async () => {
    if (failOpen !== undefined || failWrite !== undefined || !(await takesDirectWrites(root))) return;
    const bytes = testBytes(directFrom + 4 * mebibyte);
    const { key } = await store.write(sourceOf(bytes), {});
    const opened = [watched.opened];
    for (const range of [
      { start: 0, end: 2 * mebibyte - 1 },
      { start: 2 * mebibyte, end: bytes.length - 1 },
      undefined,
    ]) {
      await readInto(await store.read(key, range), mebibyte);
      opened.push(watched.opened);
    }
    expect(opened).toEqual([1, 2, 3, 3]);
  });

  it('differ from small ones, which stay in the page cache', async () => {
    await store.write(sourceOf(testBytes(directFrom + mebibyte - 1)), {});
    expect(watched.opened).toBe(0);
  });
});

describe('A disk that is slow', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'weighhouse-direct-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is tried with the start of each file; the rest goes through the page cache and stays there', async () => {
    if (!(await takesDirectWrites(root))) return;
    // two at once make 100 MB a second at most
    const watched: Watched = Object.assign(new Watched(), { delay: 20 });
    const store = new FileSystemBlobStore({ root, operations: watched.operations });
    const bytes = testBytes(40 * mebibyte);
    for (let file = 1; file <= 2; file++) {
      const { key } = await store.write(sourceOf(bytes), digests(bytes));
      expect(watched.written).toBe(file * 16 * mebibyte);
      const { opened } = watched;
      expect((await readInto(await store.read(key), mebibyte)).equals(bytes)).toBe(true);
      expect(watched.opened).toBe(opened);
    }
  });
});

describe('A direct write that fails', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'weighhouse-direct-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each([
    ['ENOSPC', 'STORAGE_FULL'],
    ['EIO', 'STORAGE_UNAVAILABLE'],
  ])('with %s is no acknowledgement and leaves nothing', async (failWrite, code) => {
    if (!(await takesDirectWrites(root))) return;
    const watched: Watched = Object.assign(new Watched(), { failWrite });
    const store = new FileSystemBlobStore({ root, operations: watched.operations });
    const bytes = testBytes(directFrom + 2 * mebibyte);
    await expect(store.write(sourceOf(bytes), {})).rejects.toMatchObject({ code });
    expect(await readdir(join(root, 'temp'))).toEqual([]);
    expect(watched.opened).toBe(1);
    watched.failWrite = undefined;
    expect(await store.write(sourceOf(bytes), digests(bytes))).toMatchObject({ size: bytes.length });
    expect(watched.written).toBe(2 * mebibyte);
  });

  it('leaves no descriptor open, whatever happens', async () => {
    const store = new FileSystemBlobStore({ root });
    const bytes = testBytes(directFrom + 2 * mebibyte);
    const descriptors = () => readdir('/proc/self/fd').then(names => names.length);
    await store.write(sourceOf(bytes), {});
    const before = await descriptors();
    for (let i = 0; i < 3; i++) {
      await store.write(sourceOf(bytes), {});
      await store.write(brokenSource(bytes), {}).catch(() => {});
      const upload = await store.openUpload();
      await store.append(upload, 0, brokenSource(bytes)).catch(() => {});
      await store.abortUpload(upload);
    }
    expect(await descriptors()).toBeLessThanOrEqual(before + 1);
  });

  it('by a kill loses nothing that the upload said it had', async () => {
    const size = 150 * mebibyte + 12_345;
    const bytes = testBytes(size);
    const upload = await new FileSystemBlobStore({ root }).openUpload();
    const sender = fork(new URL('./appending-process.ts', import.meta.url), [root, upload, String(size)]);
    const exited = once(sender, 'exit');
    const store = () => new FileSystemBlobStore({ root });
    while ((await store().uploadOffset(upload)) === 0) await new Promise(resolve => setTimeout(resolve, 2));
    sender.kill('SIGKILL');
    await exited;
    const offset = await store().uploadOffset(upload);
    expect(offset).toBeGreaterThan(directFrom);
    expect(offset).toBeLessThan(size);
    const restarted = store();
    await restarted.append(upload, offset, sourceOf(bytes.subarray(offset)));
    const stored = await restarted.finishUpload(upload, { size, ...digests(bytes) });
    expect((await readAll(await restarted.read(stored.key))).equals(bytes)).toBe(true);
  }, 30_000);
});

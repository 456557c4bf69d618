import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobStore } from '../../../packages/server/src/ports/blob-store.ts';
import { brokenSource, chunksOf, digests, handFed, readAll, sourceOf, testBytes } from './test-bytes.ts';

export interface BlobStoreHarness {
  store: BlobStore;
  /** The same bytes after a restart of the process, where the store survives one. */
  reopen?: () => Promise<BlobStore>;
  /** Names of all things kept, finished or not. */
  listAll: () => Promise<string[]>;
  close: () => Promise<void>;
}

const mebibyte = 1 << 20;

/** What every store of blobs must do, whatever it is built on. */
/** @param survives whether what was uploaded outlives the process: then the part about restarts holds, too */
export function blobStoreSuite(name: string, survives: boolean, open: () => Promise<BlobStoreHarness>): void {
  describe(name, () => {
    const reopen = async (): Promise<BlobStore> => {
      if (!harness.reopen) throw new Error('a store that survives must be opened again');
      return harness.reopen();
    };
    let harness: BlobStoreHarness;
    let store: BlobStore;
    beforeEach(async () => {
      harness = await open();
      store = harness.store;
    });
    afterEach(() => harness.close());

    const code = (expected: string) => expect.objectContaining({ code: expected });
    const put = (bytes: Uint8Array) => store.write(sourceOf(bytes), {});

    describe('write and read', () => {
      it.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 5 * mebibyte])('round-trips %i bytes', async size => {
        const bytes = testBytes(size);
        const stored = await store.write(sourceOf(bytes), { size, ...digests(bytes), maxBytes: size });
        expect(stored).toMatchObject({ size, ...digests(bytes) });
        expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
        expect(await store.stat(stored.key)).toEqual({ size });
      });

      it('takes any async iterable, and chunks of any size', async () => {
        const bytes = testBytes(3 * mebibyte + 17);
        async function* odd() {
          yield Buffer.alloc(0);
          yield bytes.subarray(0, 1);
          yield bytes.subarray(1, 2 * mebibyte + 500);
          yield* chunksOf(bytes.subarray(2 * mebibyte + 500), 999);
        }
        const stored = await store.write(odd(), {});
        expect(stored).toMatchObject({ size: bytes.length, ...digests(bytes) });
        expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
      });

      it.each([10, 3 * mebibyte])('keeps nothing of %i bytes that are not what was promised', async size => {
        const bytes = testBytes(size);
        const other = digests(testBytes(size, 2));
        const before = await harness.listAll();
        await expect(store.write(sourceOf(bytes), { md5: other.md5 })).rejects.toEqual(code('DIGEST_MISMATCH'));
        await expect(store.write(sourceOf(bytes), { sha256: other.sha256 })).rejects.toEqual(code('DIGEST_MISMATCH'));
        await expect(store.write(sourceOf(bytes), { size: size + 1 })).rejects.toEqual(code('SIZE_MISMATCH'));
        await expect(store.write(sourceOf(bytes), { size: size - 1 })).rejects.toEqual(code('SIZE_MISMATCH'));
        await expect(store.write(sourceOf(bytes), { maxBytes: size - 1 })).rejects.toEqual(code('TOO_LARGE'));
        const announced = store.write(sourceOf(bytes), { size, maxBytes: size - 1 });
        await expect(announced).rejects.toEqual(code('TOO_LARGE'));
        await expect(store.write(brokenSource(bytes), {})).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        expect(await harness.listAll()).toEqual(before);
      });

      it('reports a source that was destroyed without an error, or before it was given', async () => {
        const { source, feed } = handFed();
        feed(testBytes(10));
        const writing = store.write(source, {});
        setTimeout(() => source.destroy(), 20);
        await expect(writing).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        await expect(store.write(source, {})).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
      });

      it('gives equal bytes written at once keys of their own', async () => {
        const bytes = testBytes(200_000);
        const stored = await Promise.all(Array.from({ length: 8 }, () => put(bytes)));
        expect(new Set(stored.map(({ key }) => key)).size).toBe(8);
        await store.delete(stored[0]?.key ?? '');
        expect((await readAll(await store.read(stored[1]?.key ?? ''))).equals(bytes)).toBe(true);
      });

      it('reads ranges', async () => {
        const bytes = testBytes(2 * mebibyte);
        const { key } = await put(bytes);
        for (const [start, end] of [
          [0, 0],
          [mebibyte - 1, mebibyte + 1],
          [5, 2 * mebibyte - 1],
        ] as const) {
          const reader = await store.read(key, { start, end });
          expect(reader).toMatchObject({ size: bytes.length, length: end - start + 1 });
          expect((await readAll(reader)).equals(bytes.subarray(start, end + 1))).toBe(true);
        }
        await expect(store.read(key, { start: 0, end: bytes.length })).rejects.toThrow(RangeError);
      });

      it('fills a buffer of the caller where it can', async () => {
        const bytes = testBytes(300_000);
        const { key } = await put(bytes);
        const reader = await store.read(key, { start: 10, end: 299_999 });
        if (reader.read === undefined) {
          reader.stream.destroy();
          return;
        }
        const buffer = Buffer.alloc(100_000);
        const got: Buffer[] = [];
        for (let n = await reader.read(buffer); n > 0; n = await reader.read(buffer)) {
          got.push(Buffer.from(buffer.subarray(0, n)));
        }
        reader.stream.destroy();
        expect(Buffer.concat(got).equals(bytes.subarray(10))).toBe(true);
      });

      it('knows nothing under a strange key, and deletes it gladly', async () => {
        const { key } = await put(testBytes(10));
        await store.delete(key);
        for (const gone of [key, '', '../../etc/passwd', 'ab/../../x', `${key}x`]) {
          await expect(store.read(gone)).rejects.toEqual(code('NOT_FOUND'));
          expect(await store.stat(gone)).toBeUndefined();
          await store.delete(gone);
          await store.abortUpload(gone);
          await expect(store.uploadOffset(gone)).rejects.toEqual(code('NOT_FOUND'));
        }
      });

      it('goes on reading what is deleted meanwhile', async () => {
        const bytes = testBytes(5 * mebibyte);
        const { key } = await put(bytes);
        const reader = await store.read(key);
        await store.delete(key);
        expect((await readAll(reader)).equals(bytes)).toBe(true);
        await expect(store.read(key)).rejects.toEqual(code('NOT_FOUND'));
      });

      it('serves others while a write runs, and cleans up nothing that is being written', async () => {
        const { key } = await put(testBytes(100));
        const { source, feed, end } = handFed();
        const bytes = testBytes(3 * mebibyte);
        const writing = store.write(source, digests(bytes));
        feed(bytes.subarray(0, 2 * mebibyte));
        await new Promise(resolve => setTimeout(resolve, 30));
        await store.removeLeftovers();
        expect(await store.stat(key)).toEqual({ size: 100 });
        feed(bytes.subarray(2 * mebibyte));
        end();
        expect((await readAll(await store.read((await writing).key))).equals(bytes)).toBe(true);
      });

      it('checks that it can be written to', () => store.checkWritable());
    });

    describe('many at once', () => {
      it('takes 128 uploads', async () => {
        const bodies = Array.from({ length: 128 }, (_, i) => testBytes(400_000 + i * 10_000, i));
        const stored = await Promise.all(bodies.map(bytes => store.write(sourceOf(bytes, 16_384), digests(bytes))));
        for (const [i, { key }] of stored.entries()) expect((await store.stat(key))?.size).toBe(bodies[i]?.length);
      }, 30_000);

      it('is not held up by senders that stall', async () => {
        const stalled = Array.from({ length: 100 }, (_, i) => {
          const { source, feed } = handFed();
          const writing = store.write(source, {});
          writing.catch(() => {});
          for (const chunk of chunksOf(testBytes(900_000, i))) feed(chunk);
          return { source, writing };
        });
        await new Promise(resolve => setTimeout(resolve, 50));
        const bytes = testBytes(8 * mebibyte);
        await Promise.all(Array.from({ length: 4 }, () => store.write(sourceOf(bytes), digests(bytes))));
        for (const { source } of stalled) source.destroy();
        for (const { writing } of stalled) await expect(writing).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
      }, 20_000);
    });

    describe('appending', () => {
      it('goes on where it stopped, also after a broken sender', async () => {
        const bytes = testBytes(5 * mebibyte);
        const upload = await store.openUpload();
        expect(await store.uploadOffset(upload)).toBe(0);
        expect(await store.append(upload, 0, sourceOf(bytes.subarray(0, 1000)))).toBe(1000);
        const broken = store.append(upload, 1000, brokenSource(bytes.subarray(1000, 3 * mebibyte)));
        await expect(broken).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        const offset = await store.uploadOffset(upload);
        expect(offset).toBe(3 * mebibyte);
        const misplaced = store.append(upload, 1000, sourceOf(bytes));
        await expect(misplaced).rejects.toMatchObject({ code: 'UPLOAD_OFFSET_MISMATCH', details: { offset } });
        expect(await store.append(upload, offset, sourceOf(bytes.subarray(offset)))).toBe(bytes.length);
        const stored = await store.finishUpload(upload, { size: bytes.length, ...digests(bytes) });
        expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
        expect(await store.finishUpload(upload, digests(bytes))).toEqual(stored);
        await store.abortUpload(upload);
        await store.abortUpload(upload);
        await expect(store.finishUpload(upload, {})).rejects.toEqual(code('NOT_FOUND'));
        expect(await store.stat(stored.key)).toEqual({ size: bytes.length });
      });

      it('may end empty', async () => {
        const stored = await store.finishUpload(await store.openUpload(), digests(Buffer.alloc(0)));
        expect(stored.size).toBe(0);
        expect(await store.stat(stored.key)).toEqual({ size: 0 });
      });

      it('lets one sender append at a time', async () => {
        const upload = await store.openUpload();
        const { source, feed, end } = handFed();
        const first = store.append(upload, 0, source);
        feed(testBytes(10));
        await new Promise(resolve => setTimeout(resolve, 20));
        await expect(store.append(upload, 0, sourceOf(testBytes(5)))).rejects.toEqual(code('UPLOAD_BUSY'));
        await expect(store.finishUpload(upload, {})).rejects.toEqual(code('UPLOAD_BUSY'));
        end();
        expect(await first).toBe(10);
      });

      it('keeps to the limit', async () => {
        const upload = await store.openUpload();
        await store.append(upload, 0, sourceOf(testBytes(80)), 100);
        await expect(store.append(upload, 80, sourceOf(testBytes(21)), 100)).rejects.toEqual(code('TOO_LARGE'));
        expect(await store.append(upload, 80, sourceOf(testBytes(20)), 100)).toBe(100);
      });

      it('refuses to become what was not promised', async () => {
        const upload = await store.openUpload();
        await store.append(upload, 0, sourceOf(testBytes(80)));
        await expect(store.finishUpload(upload, { size: 81 })).rejects.toEqual(code('SIZE_MISMATCH'));
        const { md5 } = digests(testBytes(80, 2));
        await expect(store.finishUpload(upload, { md5 })).rejects.toEqual(code('DIGEST_MISMATCH'));
        expect(await store.finishUpload(upload, digests(testBytes(80)))).toMatchObject({ size: 80 });
      });

      it('shares one run between callers who finish at once', async () => {
        const bytes = testBytes(3 * mebibyte);
        const upload = await store.openUpload();
        await store.append(upload, 0, sourceOf(bytes));
        const all = await Promise.all([1, 2, 3].map(() => store.finishUpload(upload, digests(bytes))));
        expect(new Set(all.map(({ key }) => key)).size).toBe(1);
      });
    });

    describe('parts', () => {
      const partSize = 700_000;
      const whole = testBytes(4 * partSize + 1234);
      const count = 5;
      const part = (number: number) => whole.subarray((number - 1) * partSize, number * partSize);
      const send = (
        upload: string,
        number: number,
        bytes: Uint8Array = part(number),
        size: number | undefined = bytes.length,
      ) => store.writePart(upload, { number, count }, sourceOf(bytes), { size, md5: digests(bytes).md5 });

      it.each([
        ['in order', [1, 2, 3, 4, 5], true],
        ['backwards', [5, 4, 3, 2, 1], true],
        ['in any order', [3, 5, 1, 4, 2], true],
        ['backwards and of unknown size', [5, 4, 3, 2, 1], false],
        ['in any order and of unknown size', [2, 5, 1, 4, 3], false],
      ] as const)('come %s', async (_, order, announced) => {
        const upload = await store.openUpload();
        for (const number of order) {
          const bytes = part(number);
          const expected = { md5: digests(bytes).md5, size: announced ? bytes.length : undefined };
          const stored = await store.writePart(upload, { number, count }, sourceOf(bytes), expected);
          expect(stored).toEqual({ size: bytes.length, md5: digests(bytes).md5 });
        }
        const stored = await store.finishUpload(upload, { size: whole.length, ...digests(whole) }, count);
        expect((await readAll(await store.read(stored.key))).equals(whole)).toBe(true);
      });

      it.each([true, false])('come all at once (sizes announced: %s)', async announced => {
        const upload = await store.openUpload();
        const sizes = (number: number) => (announced ? part(number).length : undefined);
        await Promise.all(
          [5, 2, 4, 1, 3, 2, 5].map(number =>
            store.writePart(upload, { number, count }, sourceOf(part(number)), { size: sizes(number) }),
          ),
        );
        const runs = [1, 2].map(() => store.finishUpload(upload, digests(whole), count));
        const [stored, again] = await Promise.all(runs);
        expect(again).toEqual(stored);
        expect(await store.finishUpload(upload, digests(whole), count)).toEqual(stored);
        expect((await readAll(await store.read(stored?.key ?? ''))).equals(whole)).toBe(true);
        await store.abortUpload(upload);
      });

      it('may be a single one', async () => {
        const upload = await store.openUpload();
        const bytes = testBytes(2_000_000);
        await store.writePart(upload, { number: 1, count: 1 }, sourceOf(bytes), {});
        expect(await store.finishUpload(upload, digests(bytes), 1)).toMatchObject({ size: bytes.length });
      });

      it('are named when missing, and must have their length', async () => {
        const upload = await store.openUpload();
        for (const number of [1, 4]) await send(upload, number);
        const short = store.writePart(upload, { number: 2, count }, sourceOf(part(2).subarray(1)), { size: partSize });
        await expect(short).rejects.toEqual(code('SIZE_MISMATCH'));
        const broken = store.writePart(upload, { number: 2, count }, brokenSource(part(2).subarray(0, 1000)), {});
        await expect(broken).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        const finish = store.finishUpload(upload, {}, count);
        await expect(finish).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE', details: { missing: [2, 3, 5] } });
        for (const number of [2, 3, 5]) await send(upload, number);
        expect(await store.finishUpload(upload, digests(whole), count)).toMatchObject({ size: whole.length });
      });

      it('have numbers within their count', async () => {
        const upload = await store.openUpload();
        for (const number of [0, -1, 1.5, 6, Number.NaN]) {
          await expect(send(upload, number, testBytes(5))).rejects.toEqual(code('INVALID_INPUT'));
        }
        const many = store.writePart(upload, { number: 1, count: 10_001 }, sourceOf(testBytes(5)), {});
        await expect(many).rejects.toEqual(code('INVALID_INPUT'));
      });

      it('replace what was sent before', async () => {
        const upload = await store.openUpload();
        for (const number of [1, 2, 3]) await send(upload, number, testBytes(partSize, number + 9));
        await send(upload, 5, testBytes(2000, 3));
        for (const number of [4, 3, 5, 1, 2]) await send(upload, number);
        expect(await store.finishUpload(upload, digests(whole), count)).toMatchObject({ size: whole.length });
      });

      it('survive a second try that fails', async () => {
        const upload = await store.openUpload();
        for (const number of [1, 2, 3, 4, 5]) await send(upload, number);
        const broken = store.writePart(upload, { number: 2, count }, brokenSource(testBytes(1000)), {});
        await expect(broken).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        expect(await store.finishUpload(upload, digests(whole), count)).toMatchObject({ size: whole.length });
      });

      it('can be sent again after a mismatch of the whole', async () => {
        const upload = await store.openUpload();
        for (const number of [1, 2, 3, 4, 5])
          await send(upload, number, number === 3 ? testBytes(partSize) : undefined);
        await expect(store.finishUpload(upload, digests(whole), count)).rejects.toEqual(code('DIGEST_MISMATCH'));
        await send(upload, 3);
        expect(await store.finishUpload(upload, digests(whole), count)).toMatchObject({ size: whole.length });
      });

      it.each([
        ['the whole does not match', digests(whole)],
        ['the whole does not match its SHA-256', { sha256: digests(whole).sha256 }],
        ['nothing is known of the whole', {}],
      ])('are named when their bytes are wrong and %s', async (_, expected) => {
        const upload = await store.openUpload();
        const { md5 } = digests(part(2));
        // The store may notice at once; it must at the latest when the upload is finished.
        const sendWrong = async (number: number) => {
          const bytes = testBytes(part(number).length, number + 20);
          const announced = { size: bytes.length, md5: digests(part(number)).md5 };
          const sent = store.writePart(upload, { number, count }, sourceOf(bytes), announced);
          await sent.catch(error => expect(error).toEqual(code('DIGEST_MISMATCH')));
        };
        for (const number of [1, 3, 4]) await send(upload, number);
        for (const number of [5, 2]) await sendWrong(number);
        const before = await harness.listAll();
        for (let i = 0; i < 2; i++) {
          const finish = store.finishUpload(upload, expected, count);
          await expect(finish).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', details: { parts: [2, 5] } });
        }
        expect(await harness.listAll()).toEqual(before);
        await send(upload, 2);
        await sendWrong(5);
        const again = store.finishUpload(upload, expected, count);
        await expect(again).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', details: { parts: [5] } });
        expect(await send(upload, 5)).toEqual({ size: 1234, md5: digests(part(5)).md5 });
        expect(await send(upload, 2)).toEqual({ size: partSize, md5 });
        const stored = await store.finishUpload(upload, expected, count);
        expect(stored).toMatchObject({ size: whole.length, ...digests(whole) });
        expect((await readAll(await store.read(stored.key))).equals(whole)).toBe(true);
      });

      it('are not blamed when they are right and the whole was announced wrongly', async () => {
        const upload = await store.openUpload();
        for (const number of [4, 1, 3, 5, 2]) await send(upload, number);
        const { md5 } = digests(testBytes(10));
        const finish = store.finishUpload(upload, { md5 }, count);
        await expect(finish).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', details: { expected: md5 } });
        expect(await store.finishUpload(upload, digests(whole), count)).toMatchObject({ size: whole.length });
      });

      it('break off and come again while others arrive', async () => {
        const size = 3 * mebibyte;
        const bytes = testBytes(5 * size);
        const piece = (number: number) => bytes.subarray((number - 1) * size, number * size);
        const write = (number: number, body: Uint8Array) =>
          store.writePart(upload, { number, count }, sourceOf(body), { size, md5: digests(piece(number)).md5 });
        const upload = await store.openUpload();
        const { source, feed } = handFed();
        const breaking = store.writePart(upload, { number: 2, count }, source, { size });
        breaking.catch(() => {});
        for (const chunk of chunksOf(testBytes(2 * mebibyte, 7))) feed(chunk);
        await Promise.all([1, 3, 4].map(number => write(number, piece(number))));
        await write(2, testBytes(size, 8)).catch(error => expect(error).toEqual(code('DIGEST_MISMATCH')));
        source.destroy();
        await expect(breaking).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        await Promise.all([write(5, piece(5)), write(2, piece(2)), write(3, piece(3))]);
        const stored = await store.finishUpload(upload, digests(bytes), count);
        expect((await readAll(await store.read(stored.key))).equals(bytes)).toBe(true);
      });

      it('need not wait for an earlier try that hangs', async () => {
        const upload = await store.openUpload();
        const { source, feed } = handFed();
        const hanging = store.writePart(upload, { number: 2, count }, source, { size: partSize });
        hanging.catch(() => {});
        feed(part(3).subarray(0, 500));
        await new Promise(resolve => setTimeout(resolve, 20));
        for (const number of [1, 2, 3, 4, 5]) await send(upload, number);
        source.destroy();
        await expect(hanging).rejects.toEqual(code('UPLOAD_INTERRUPTED'));
        expect(await store.finishUpload(upload, digests(whole), count)).toMatchObject({ size: whole.length });
      });

      it('end with the upload', async () => {
        const upload = await store.openUpload();
        const { source, feed, end } = handFed();
        const running = store.writePart(upload, { number: 1, count }, source, {});
        running.catch(() => {});
        feed(part(1));
        await new Promise(resolve => setTimeout(resolve, 20));
        await store.abortUpload(upload);
        end();
        await expect(running).rejects.toEqual(code('NOT_FOUND'));
        await expect(send(upload, 2)).rejects.toEqual(code('NOT_FOUND'));
        expect(await harness.listAll()).toEqual([]);
      });
    });

    const afterARestart = () => {
      it('resumes an appended upload', async () => {
        const bytes = testBytes(3 * mebibyte);
        const upload = await store.openUpload();
        await store.append(upload, 0, sourceOf(bytes.subarray(0, 2 * mebibyte)));
        store = await reopen();
        expect(await store.uploadOffset(upload)).toBe(2 * mebibyte);
        await store.append(upload, 2 * mebibyte, sourceOf(bytes.subarray(2 * mebibyte)));
        store = await reopen();
        const stored = await store.finishUpload(upload, { size: bytes.length, ...digests(bytes) });
        store = await reopen();
        expect(await store.finishUpload(upload, {})).toEqual(stored);
      });

      it('still names the parts that are wrong', async () => {
        const bytes = testBytes(250_000);
        const upload = await store.openUpload();
        for (const number of [1, 2, 3]) {
          const right = bytes.subarray((number - 1) * 100_000, number * 100_000);
          const body = number === 2 ? testBytes(100_000, 9) : right;
          const expected = { size: body.length, md5: digests(right).md5 };
          await store.writePart(upload, { number, count: 3 }, sourceOf(body), expected);
        }
        store = await reopen();
        const finish = store.finishUpload(upload, digests(bytes), 3);
        await expect(finish).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', details: { parts: [2] } });
      });

      it.each([
        [1, 4],
        [5, 3],
        [2, 1],
      ])('remembers parts %i and %i', async (a, b) => {
        const bytes = testBytes(450_000);
        const upload = await store.openUpload();
        const send = (number: number) => {
          const body = bytes.subarray((number - 1) * 100_000, number * 100_000);
          return store.writePart(upload, { number, count: 5 }, sourceOf(body), {});
        };
        await send(a);
        store = await reopen();
        await send(b);
        store = await reopen();
        for (const number of [1, 2, 3, 4, 5]) if (number !== a && number !== b) await send(number);
        store = await reopen();
        expect(await store.finishUpload(upload, digests(bytes), 5)).toMatchObject({ size: bytes.length });
      });
    };
    if (survives) describe('after a restart', afterARestart);
  });
}

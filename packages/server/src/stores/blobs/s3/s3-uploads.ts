import { Readable } from 'node:stream';
import { RegistryError } from '../../../domain/registry-error.ts';
import type {
  ByteSource,
  ExpectedBytes,
  PartPosition,
  StoredBlob,
  StoredPart,
  UploadKey,
} from '../../../ports/blob-store.ts';
import { checkAnnounced, checkExpected, tooLarge } from '../check-expected.ts';
import { ByteIntake } from '../intake/byte-intake.ts';
import { digestStream } from '../intake/digest-stream.ts';
import { checkPartPosition, checkPartSizes, checkWhole, incompleteUpload } from '../upload-parts.ts';
import { joinObjects } from './join-objects.ts';
import { newBlobKey, objectOf, randomName, unknownUpload, uploadFolder } from './object-layout.ts';
import type { Piece } from './piece.ts';
import { PieceLine } from './piece-line.ts';
import { growingPieces } from './piece-size.ts';
import { readObjects } from './read-object.ts';
import { receiveObject } from './receive-object.ts';
import type { S3Context } from './s3-context.ts';
import { storageFailure } from './s3-error.ts';
import { bytesBody } from './s3-objects.ts';

interface KeptPiece {
  key: string;
  /** bytes */
  size: number;
}

interface KeptPart extends KeptPiece {
  /** as announced, lower-case hex; nobody has compared it with the bytes */
  md5: string | undefined;
}

/** What the storage holds of an upload, read from the names of its objects. */
interface KeptUpload {
  finished: boolean;
  /** The appended bytes without a gap, in order. */
  appended: KeptPiece[];
  offset: number;
  parts: Map<number, KeptPart>;
}

/**
 * Uploads that come through us in pieces. Each piece is an object of its own, so that whatever was acknowledged
 * outlives this process and is known to every other server:
 *
 * - `open`: the upload exists.
 * - `bytes/<position>.<random>`: appended bytes from that position on.
 * - `parts/<number>.<time>.<random>.<md5 or ->`: one numbered part; of several with one number the newest counts.
 * - `finished`: what it became, as JSON.
 *
 * To finish, the pieces are read back and hashed, which proves what the storage really holds, and joined inside it.
 */
export class S3Uploads {
  readonly #context: S3Context;
  readonly #appending = new Set<UploadKey>();
  readonly #finishing = new Map<UploadKey, Promise<StoredBlob>>();

  constructor(context: S3Context) {
    this.#context = context;
  }

  async open(): Promise<UploadKey> {
    const upload = randomName();
    await this.#context.objects.put(`uploads/${upload}/open`, bytesBody(new Uint8Array()));
    return upload;
  }

  async offset(upload: UploadKey): Promise<number> {
    const kept = await this.#load(upload);
    return kept.finished ? (await this.#finished(upload)).size : kept.offset;
  }

  async append(upload: UploadKey, offset: number, source: ByteSource, maxBytes?: number): Promise<number> {
    if (this.#appending.has(upload) || this.#finishing.has(upload)) throw busy();
    this.#appending.add(upload);
    try {
      const kept = await this.#load(upload);
      if (kept.finished) throw busy();
      if (kept.parts.size > 0) throw mixed();
      if (offset !== kept.offset) {
        throw new RegistryError('UPLOAD_OFFSET_MISMATCH', `Go on at byte ${kept.offset}.`, {
          details: { offset: kept.offset },
        });
      }
      const size = await this.#receive(upload, offset, source, maxBytes ?? Number.POSITIVE_INFINITY);
      await this.#requireOpen(upload);
      return size;
    } finally {
      this.#appending.delete(upload);
    }
  }

  async writePart(
    upload: UploadKey,
    part: PartPosition,
    source: ByteSource,
    expected: ExpectedBytes,
  ): Promise<StoredPart> {
    checkPartPosition(part);
    checkAnnounced(expected);
    if (this.#finishing.has(upload)) throw busy();
    const folder = await this.#requireOpen(upload);
    const { objects } = this.#context;
    // A later try of the same part has a later name, and all but the latest are removed: never the latest.
    const number = `${folder}parts/${digits(part.number, 5)}.`;
    const key = `${number}${digits(Date.now(), 15)}.${randomName()}.${expected.md5 ?? '-'}`;
    const { md5, ...checked } = expected;
    const { size, digests } = await receiveObject(this.#context, key, source, checked, {
      algorithms: md5 === undefined ? ['md5', 'sha256'] : ['sha256'],
      lanes: { md5: 'parts', sha256: 'parts' },
    });
    try {
      await this.#requireOpen(upload);
    } catch (error) {
      await objects.delete(key).catch(() => {});
      throw error;
    }
    for await (const other of objects.list(number)) if (other.key < key) await objects.delete(other.key);
    return { size, md5: md5 ?? digests.md5 ?? '' };
  }

  async finish(upload: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    if (this.#appending.has(upload)) throw busy();
    let finishing = this.#finishing.get(upload);
    if (finishing === undefined) {
      finishing = this.#finish(upload, expected, partCount).finally(() => this.#finishing.delete(upload));
      this.#finishing.set(upload, finishing);
    }
    const stored = await finishing;
    checkExpected(expected, stored);
    return stored;
  }

  async abort(upload: UploadKey): Promise<void> {
    const folder = uploadFolder(upload);
    if (folder === undefined) return;
    await this.#finishing.get(upload)?.catch(() => {});
    await this.#removeAll(folder);
  }

  /** Removes uploads to which nothing came since then, in milliseconds since 1970. */
  async removeOlderThan(time: number): Promise<void> {
    const newest = new Map<string, number>();
    for await (const { key, modified } of this.#context.objects.list('uploads/')) {
      const folder = /^uploads\/[0-9a-f]{32}\//.exec(key)?.[0];
      if (folder !== undefined) newest.set(folder, Math.max(newest.get(folder) ?? 0, modified));
    }
    for (const [folder, modified] of newest) if (modified < time) await this.#removeAll(folder);
  }

  async #receive(upload: UploadKey, offset: number, source: ByteSource, maxBytes: number): Promise<number> {
    const { scratch, resources } = this.#context;
    const line = new PieceLine(scratch, {
      start: offset,
      sizeAt: growingPieces,
      send: piece => this.#keep(upload, piece),
    });
    const intake = new ByteIntake(resources, {
      position: offset,
      limit: maxBytes - offset,
      overflow: () => tooLarge(maxBytes),
      store: slot => line.store(slot),
    });
    let failure: unknown;
    try {
      const small = await intake.run(source);
      if (small !== undefined) await line.store(small).finally(() => small.release());
    } catch (error) {
      failure = error;
    }
    try {
      // After a broken sender, too: what arrived is kept.
      const last = await line.finish();
      try {
        if (last !== undefined) await this.#keep(upload, last);
      } finally {
        await last?.close();
      }
    } catch (error) {
      await line.abandon();
      throw storageFailure(error);
    }
    if (failure !== undefined) throw storageFailure(failure);
    return offset + intake.received;
  }

  async #keep(upload: UploadKey, piece: Piece): Promise<void> {
    const { objects, resources } = this.#context;
    const key = `uploads/${upload}/bytes/${digits(piece.start, 16)}.${randomName()}`;
    await objects.put(key, await piece.body(resources.workers));
  }

  async #finish(upload: UploadKey, expected: ExpectedBytes, partCount?: number): Promise<StoredBlob> {
    const { objects, resources } = this.#context;
    const kept = await this.#load(upload);
    if (kept.finished) return this.#finished(upload);
    const numbers = partCount === undefined && kept.parts.size === 0 ? [] : allNumbers(kept, partCount);
    const pieces = numbers.length === 0 ? kept.appended : numbers.map(number => partOf(kept, number));
    if (numbers.length > 0) checkPartSizes(pieces.map(({ size }) => size));
    const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
    checkExpected(expected, { size });
    const { digests } = await digestStream(
      resources,
      Readable.from(readObjects(objects, pieces), { objectMode: false }),
      ['md5', 'sha256'],
    );
    const { md5 = '', sha256 = '' } = digests;
    await checkWhole(expected, { size, md5, sha256 }, () => this.#findWrong(kept, numbers));
    const stored = { key: newBlobKey(), size, md5, sha256 };
    const object = objectOf(stored.key) ?? '';
    if (pieces.length === 0) await objects.put(object, bytesBody(new Uint8Array()));
    else await joinObjects(this.#context, object, pieces);
    await this.#requireOpen(upload).catch(async error => {
      await objects.delete(object);
      throw error;
    });
    await objects.put(`uploads/${upload}/finished`, bytesBody(Buffer.from(JSON.stringify(stored))));
    await objects.deleteAll(pieces.map(({ key }) => key));
    return stored;
  }

  async #finished(upload: UploadKey): Promise<StoredBlob> {
    const found = await this.#context.objects.get(`uploads/${upload}/finished`);
    if (found === undefined) throw unknownUpload();
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.stream) chunks.push(chunk as Uint8Array);
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as StoredBlob;
  }

  async #findWrong(kept: KeptUpload, numbers: readonly number[]): Promise<number[]> {
    const { objects, resources } = this.#context;
    const wrong: number[] = [];
    for (const number of numbers) {
      const part = partOf(kept, number);
      if (part.md5 === undefined) continue;
      const source = Readable.from(readObjects(objects, [part]), { objectMode: false });
      const { digests } = await digestStream(resources, source, ['md5']);
      if (digests.md5 !== part.md5) wrong.push(number);
    }
    return wrong;
  }

  /** @throws RegistryError `NOT_FOUND` */
  async #load(upload: UploadKey): Promise<KeptUpload> {
    const folder = uploadFolder(upload);
    if (folder === undefined) throw unknownUpload();
    const kept: KeptUpload = { finished: false, appended: [], offset: 0, parts: new Map() };
    let exists = false;
    // Names come in order, so bytes come by their position, and of one part the newest last.
    for await (const { key, size } of this.#context.objects.list(folder)) {
      const [kind = '', name = ''] = key.slice(folder.length).split('/');
      if (kind === 'open') exists = true;
      else if (kind === 'finished') kept.finished = true;
      else if (kind === 'bytes' && Number(name.split('.')[0]) === kept.offset && size > 0) {
        kept.appended.push({ key, size });
        kept.offset += size;
      } else if (kind === 'parts') {
        const [number, , , md5] = name.split('.');
        kept.parts.set(Number(number), { key, size, md5: md5 === '-' ? undefined : md5 });
      }
    }
    if (!exists) throw unknownUpload();
    return kept;
  }

  async #requireOpen(upload: UploadKey): Promise<string> {
    const folder = uploadFolder(upload);
    if (folder === undefined) throw unknownUpload();
    if ((await this.#context.objects.head(`${folder}open`)) === undefined) throw unknownUpload();
    return folder;
  }

  async #removeAll(folder: string): Promise<void> {
    const { objects } = this.#context;
    const keys = [`${folder}open`];
    for await (const { key } of objects.list(folder)) if (key !== keys[0]) keys.push(key);
    await objects.deleteAll(keys);
  }
}

function allNumbers(kept: KeptUpload, partCount: number | undefined): number[] {
  const count = partCount ?? Math.max(...kept.parts.keys());
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const missing = numbers.filter(number => !kept.parts.has(number));
  if (missing.length > 0) throw incompleteUpload(missing);
  if (kept.parts.size === count) return numbers;
  throw new RegistryError('INVALID_INPUT', `The upload has more than the ${count} parts that were announced.`);
}

function partOf(kept: KeptUpload, number: number): KeptPart {
  const part = kept.parts.get(number);
  if (part === undefined) throw incompleteUpload([number]);
  return part;
}

/** As many digits as it takes for names to sort like numbers. */
function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

function busy(): RegistryError {
  return new RegistryError('UPLOAD_BUSY', 'Another request is writing to this upload; wait for it, then resume.');
}

function mixed(): RegistryError {
  return new RegistryError('CONFLICT', 'An upload is either appended to or sent in parts; open a new one.');
}

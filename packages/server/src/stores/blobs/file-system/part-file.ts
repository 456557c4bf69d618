import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { ByteSource, ExpectedBytes, PartPosition, StoredPart } from '../../../ports/blob-store.ts';
import { checkAnnounced, checkExpected } from '../check-expected.ts';
import { ArrivalLine, type ArrivalTurn } from '../intake/arrival-line.ts';
import type { HashAlgorithm } from '../intake/hash-messages.ts';
import { checkPartPosition, incompleteUpload, unequalPart } from '../upload-parts.ts';
import type { FileOperations } from './file-operations.ts';
import { randomName, unknownUpload } from './folder-layout.ts';
import { GrowingFile } from './growing-file.ts';
import { hashRange } from './hash-range.ts';
import type { PrefixHash } from './prefix-hash.ts';
import { receiveBody } from './receive-body.ts';
import type { StoreContext } from './store-context.ts';
import { SyncLanes } from './sync-lanes.ts';
import type { PlacedPart, UploadRecord } from './upload-record.ts';

const copyBytes = 1 << 20;
const sidePrefix = 'part-';

/**
 * The parts of one upload. A part whose place is known and free is written straight into the one sparse data file.
 * A part goes to a side file first where its place is not known yet (the last one, before any other has told the
 * part size) or not free (it is there already, or another request is sending it): a second try that breaks off
 * must not destroy what the first has brought.
 *
 * The MD5 that a part was announced with is not computed where the part is written in place: the hash of the whole
 * says the same at half the cost. It is kept for `findWrong`. A side file is checked at once, as it may replace
 * something.
 */
export class PartFile {
  readonly #context: StoreContext;
  readonly #folder: string;
  readonly #record: UploadRecord;
  readonly #hash: PrefixHash;
  /** Parts being received at their place, or copied to it. */
  readonly #placing = new Map<number, Promise<unknown>>();
  readonly #copies = new SyncLanes(1);
  readonly #line: ArrivalLine;
  /** Bytes of all parts but the last. */
  #partSize: number | undefined;

  constructor(context: StoreContext, folder: string, record: UploadRecord, hash: PrefixHash) {
    this.#context = context;
    this.#folder = folder;
    this.#record = record;
    this.#hash = hash;
    this.#line = new ArrivalLine(hash);
    for (const [number, part] of record.parts) {
      if (number !== record.partCount) this.#partSize = part.size;
      else if (typeof part.at === 'number' && number > 1) this.#partSize ??= part.at / (number - 1);
    }
    this.#advanceHash();
  }

  /** @param checkOpen called when the bytes are here and before they count; throws when it is too late. */
  async write(
    part: PartPosition,
    source: ByteSource,
    expected: ExpectedBytes,
    checkOpen: () => void,
  ): Promise<StoredPart> {
    checkPartPosition(part);
    checkAnnounced(expected);
    this.#checkCount(part);
    const place = this.#claimPlace(part, expected.size);
    if (place === undefined) return this.#writeAside(part, source, expected, checkOpen);
    const written = this.#writeInPlace(part, place, source, expected, checkOpen);
    this.#hold(part.number, written);
    try {
      return await written;
    } finally {
      await this.#placeWaiting(false);
    }
  }

  /** @returns the size of the whole. @throws RegistryError `UPLOAD_INCOMPLETE` */
  async complete(partCount?: number): Promise<number> {
    const count = partCount ?? this.#record.partCount ?? 0;
    const missing: number[] = [];
    for (let number = 1; number <= count; number++) if (!this.#record.parts.has(number)) missing.push(number);
    if (missing.length > 0) throw incompleteUpload(missing);
    if (count !== (this.#record.partCount ?? 0)) {
      throw new RegistryError('INVALID_INPUT', `The upload has ${this.#record.partCount} parts, not ${count}.`);
    }
    await this.#placeWaiting(true);
    const last = this.#record.parts.get(count);
    return (count - 1) * (this.#partSize ?? 0) + (last?.size ?? 0);
  }

  /** Numbers of the parts whose bytes do not have the MD5 they were announced with; all parts must be in place. */
  async findWrong(): Promise<number[]> {
    const wrong: number[] = [];
    for (const [number, part] of [...this.#record.parts].toSorted(([a], [b]) => a - b)) {
      if (!(await this.#isRight(part))) wrong.push(number);
    }
    return wrong;
  }

  async removeSideFiles(operations: FileOperations): Promise<void> {
    const names = await operations.list(this.#folder).catch(() => []);
    for (const name of names) {
      if (name.startsWith(sidePrefix)) await operations.unlink(join(this.#folder, name)).catch(() => {});
    }
  }

  #checkCount({ count }: PartPosition): void {
    const known = this.#record.partCount;
    if (known === undefined || known === count) return;
    throw new RegistryError('INVALID_INPUT', `The upload has ${known} parts, not ${count}; open a new upload.`);
  }

  /** The position for a part that may be written in place, else undefined. */
  #claimPlace({ number, count }: PartPosition, size: number | undefined): number | undefined {
    const isLast = number === count;
    if (!isLast && size !== undefined) {
      this.#partSize ??= size;
      if (size !== this.#partSize) throw unequalPart(number, this.#partSize, size);
    }
    if (this.#record.parts.has(number) || this.#placing.has(number)) return undefined;
    if (count === 1) return 0;
    return this.#partSize === undefined ? undefined : (number - 1) * this.#partSize;
  }

  async #writeInPlace(
    part: PartPosition,
    place: number,
    source: ByteSource,
    expected: ExpectedBytes,
    checkOpen: () => void,
  ): Promise<StoredPart> {
    // Beyond its size a part would run into the next one.
    const size = part.number < part.count ? this.#partSize : expected.size;
    const turn = this.#line.enter(part.number);
    try {
      const path = join(this.#folder, 'data');
      const received = await this.#receive(path, 0, source, { ...expected, size }, { position: place, turn });
      const stored = { size: received.size, md5: expected.md5 ?? received.md5 };
      const unchecked = expected.md5 === undefined ? {} : { unchecked: true as const };
      checkOpen();
      const newer = this.#record.parts.get(part.number);
      // A second try that came in faster, into a side file, stands; it is copied over these bytes.
      if (newer !== undefined) return stored;
      await this.#record.add({ part: part.number, of: part.count, ...stored, ...unchecked, at: place });
      this.#advanceHash();
      return stored;
    } catch (error) {
      // Bytes that may be hashed already will be sent again, perhaps different.
      if (this.#hash.ready > place) this.#hash.restart(Math.min(place, this.#ready()));
      // A size that only a broken part spoke of binds nobody.
      if (this.#record.parts.size === 0 && this.#placing.size <= 1) this.#partSize = undefined;
      throw error;
    } finally {
      turn.leave();
    }
  }

  async #writeAside(
    part: PartPosition,
    source: ByteSource,
    expected: ExpectedBytes,
    checkOpen: () => void,
  ): Promise<StoredPart> {
    const sideFile = `${sidePrefix}${part.number}.${randomName()}`;
    const path = join(this.#folder, sideFile);
    const { O_CREAT, O_EXCL } = constants;
    let kept = false;
    try {
      const stored = await this.#receive(path, O_CREAT | O_EXCL, source, expected, { position: 0 });
      checkOpen();
      const present = this.#record.parts.get(part.number);
      if (present !== undefined && sameBytes(present, stored) && (await this.#isRight(present))) return stored;
      if (part.number < part.count) {
        this.#partSize ??= stored.size;
        if (stored.size !== this.#partSize) throw unequalPart(part.number, this.#partSize, stored.size);
      }
      await this.#keepAside(part, stored, sideFile);
      kept = true;
      await this.#placeWaiting(false);
      return stored;
    } finally {
      if (!kept) await this.#removeSide(sideFile);
    }
  }

  /** From here on the part counts as there, in its side file; it may have replaced another. */
  async #keepAside(part: PartPosition, stored: StoredPart, sideFile: string): Promise<void> {
    const before = this.#record.parts.get(part.number);
    await this.#record.add({ part: part.number, of: part.count, ...stored, at: { sideFile } });
    if (before === undefined) return;
    this.#hash.restart(this.#ready());
    if (typeof before.at === 'object') await this.#removeSide(before.at.sideFile);
  }

  /**
   * Copies parts from their side files to their places, where these are known by now.
   * @param all also those whose place a slower request still writes to, once it is done.
   */
  #placeWaiting(all: boolean): Promise<void> {
    return this.#copies.run(async () => {
      for (const [number, part] of this.#record.parts) {
        if (typeof part.at === 'number' || (this.#partSize === undefined && number > 1)) continue;
        if (this.#placing.has(number)) {
          if (!all) continue;
          await this.#placing.get(number);
          if (this.#record.parts.get(number) !== part) continue;
        }
        const place = (number - 1) * (this.#partSize ?? 0);
        const { sideFile } = part.at;
        // A slower try may have left other bytes at this place, and the hash may have gone through them.
        if (this.#hash.ready > place) this.#hash.restart(Math.min(place, this.#ready()));
        const copied = this.#copy(sideFile, place, part.size).then(async () => {
          // A newer side file may have come meanwhile; then that one is copied next.
          if (this.#record.parts.get(number) !== part) return;
          await this.#record.add({ part: number, of: this.#record.partCount ?? number, ...part, at: place });
          await this.#removeSide(sideFile);
          this.#advanceHash();
        });
        this.#hold(number, copied);
        await copied;
      }
    });
  }

  async #copy(sideFile: string, place: number, size: number): Promise<void> {
    const { operations } = this.#context;
    const from = await operations.open(join(this.#folder, sideFile), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const path = join(this.#folder, 'data');
      const to = new GrowingFile(this.#context, await this.#open(path, 0), { path, start: place });
      try {
        const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(copyBytes, size)));
        for (let at = 0; at < size; ) {
          const { bytesRead } = await from.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0) throw new Error(`side file ${sideFile} ends at ${at}, before ${size}`);
          await to.write(buffer.subarray(0, bytesRead), place + at);
          at += bytesRead;
        }
        await to.sync();
      } finally {
        await to.close();
      }
    } catch (error) {
      throw this.#context.guard.failure(error);
    } finally {
      await from.close();
    }
  }

  async #receive(
    path: string,
    flags: number,
    source: ByteSource,
    expected: ExpectedBytes,
    { position, turn }: { position: number; turn?: ArrivalTurn },
  ): Promise<StoredPart> {
    const file = new GrowingFile(this.#context, await this.#open(path, flags), { path, start: position });
    const inPlace = turn !== undefined;
    const algorithms: HashAlgorithm[] = inPlace && expected.md5 !== undefined ? [] : ['md5'];
    if (expected.sha256 !== undefined) algorithms.push('sha256');
    try {
      const received = await receiveBody(this.#context.resources, file, source, {
        position,
        expected,
        algorithms,
        turn,
        lanes: { md5: 'parts' },
        prefix: inPlace ? this.#hash : undefined,
      });
      const { size, digests } = received;
      checkExpected(expected, { size, ...digests });
      await file.sync();
      return { size, md5: digests.md5 ?? '' };
    } finally {
      await file.close();
    }
  }

  async #isRight({ unchecked, at, size, md5 }: PlacedPart): Promise<boolean> {
    if (unchecked === undefined || typeof at !== 'number') return true;
    return (await hashRange(this.#context, join(this.#folder, 'data'), { position: at, length: size })) === md5;
  }

  async #open(path: string, flags: number): Promise<FileHandle> {
    const { O_WRONLY, O_NOFOLLOW } = constants;
    try {
      return await this.#context.operations.open(path, O_WRONLY | O_NOFOLLOW | flags, 0o600);
    } catch (error) {
      throw unknownUpload(error);
    }
  }

  async #removeSide(sideFile: string): Promise<void> {
    await this.#context.operations.unlink(join(this.#folder, sideFile)).catch(() => {});
  }

  /** Bytes from the start that are in place. */
  #ready(): number {
    let ready = 0;
    for (let number = 1; ; number++) {
      const part = this.#record.parts.get(number);
      if (part === undefined || typeof part.at !== 'number') return ready;
      ready += part.size;
    }
  }

  #advanceHash(): void {
    this.#hash.advance(this.#ready());
  }

  #hold(number: number, work: Promise<unknown>): void {
    const held = work.catch(() => {});
    this.#placing.set(number, held);
    void held.then(() => {
      if (this.#placing.get(number) === held) this.#placing.delete(number);
    });
  }
}

function sameBytes(a: StoredPart, b: StoredPart): boolean {
  return a.md5 === b.md5 && a.size === b.size;
}

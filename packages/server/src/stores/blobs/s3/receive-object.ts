import type { ByteSource, ExpectedBytes } from '../../../ports/blob-store.ts';
import { checkExpected, limitOf } from '../check-expected.ts';
import { ByteIntake } from '../intake/byte-intake.ts';
import type { HashAlgorithm } from '../intake/hash-messages.ts';
import { type DigestLanes, type Digests, digestsOf, RunningDigests } from '../intake/running-digests.ts';
import type { Piece } from './piece.ts';
import { PieceLine } from './piece-line.ts';
import { equalPieces, growingPieces } from './piece-size.ts';
import type { S3Context } from './s3-context.ts';
import { storageFailure } from './s3-error.ts';
import { bytesBody } from './s3-objects.ts';

/**
 * Stores one body under a new key: in one request where it is small, else in parts. The object comes to be only after
 * everything that was expected of the bytes was found true.
 * @param algorithms SHA-256 at least: what is sent in one request is signed with it
 */
export async function receiveObject(
  { objects, scratch, resources }: S3Context,
  key: string,
  source: ByteSource,
  expected: ExpectedBytes,
  { algorithms, lanes }: { algorithms: readonly HashAlgorithm[]; lanes?: DigestLanes },
): Promise<{ size: number; digests: Digests }> {
  let running: RunningDigests | undefined;
  const parts = new PartSender({ objects, scratch, resources }, key);
  const line = new PieceLine(scratch, {
    sizeAt: expected.size === undefined ? growingPieces : equalPieces(expected.size),
    send: piece => parts.send(piece),
  });
  const intake = new ByteIntake(resources, {
    position: 0,
    ...limitOf(expected),
    async store(slot) {
      running ??= new RunningDigests(resources.workers, algorithms, lanes);
      // Both must have let go of the slot before it is filled anew.
      for (const done of await Promise.allSettled([line.store(slot), running.update(slot)])) {
        if (done.status === 'rejected') throw done.reason;
      }
    },
  });
  let last: Piece | undefined;
  try {
    const small = await intake.run(source);
    if (small !== undefined) {
      try {
        const { bytes } = small;
        const digests = digestsOf([bytes], algorithms);
        checkExpected(expected, { size: bytes.length, ...digests });
        await objects.put(key, bytesBody(bytes, digests.sha256), digests.md5);
        return { size: bytes.length, digests };
      } finally {
        small.release();
      }
    }
    const size = intake.received;
    const digests = (await running?.finish()) ?? {};
    checkExpected(expected, { size, ...digests });
    last = await line.finish();
    if (last?.index === 0) await objects.put(key, await last.body(resources.workers, digests.sha256), digests.md5);
    else await parts.complete(last, size);
    return { size, digests };
  } catch (error) {
    running?.drop();
    await line.abandon();
    await parts.abort();
    throw storageFailure(error);
  } finally {
    await last?.close();
  }
}

/** The multipart upload of one object, begun with its first part. */
class PartSender {
  readonly #context: S3Context;
  readonly #key: string;
  readonly #etags: string[] = [];
  #id: Promise<string> | undefined;

  constructor(context: S3Context, key: string) {
    this.#context = context;
    this.#key = key;
  }

  async send(piece: Piece): Promise<void> {
    const { objects, resources } = this.#context;
    this.#id ??= objects.createMultipart(this.#key);
    const id = await this.#id;
    const body = await piece.body(resources.workers);
    this.#etags[piece.index] = await objects.putPart(this.#key, id, piece.index + 1, body);
  }

  async complete(last: Piece | undefined, size: number): Promise<void> {
    if (last !== undefined) await this.send(last);
    await this.#context.objects.completeMultipart(this.#key, (await this.#id) ?? '', this.#etags, size);
  }

  /** Never throws: what stays is removed with what was abandoned. */
  async abort(): Promise<void> {
    if (this.#id === undefined) return;
    await this.#id.then(id => this.#context.objects.abortMultipart(this.#key, id)).catch(() => {});
  }
}

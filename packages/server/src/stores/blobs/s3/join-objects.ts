import { Readable } from 'node:stream';
import { ByteIntake } from '../intake/byte-intake.ts';
import { PieceLine } from './piece-line.ts';
import { readObjects } from './read-object.ts';
import type { S3Context } from './s3-context.ts';
import { storageFailure } from './s3-error.ts';

/** S3 takes no smaller part but the last. */
const smallestPart = 5 << 20;
const mostParts = 10_000;
const joinedAtOnce = 4;

export interface JoinedPiece {
  key: string;
  /** bytes */
  size: number;
}

/**
 * Makes one object of several, in their order. What is large enough is copied inside the storage; runs of small ones
 * pass through us, as S3 takes small parts at the end only.
 */
export async function joinObjects(context: S3Context, key: string, pieces: readonly JoinedPiece[]): Promise<void> {
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  const groups = groupPieces(pieces, Math.max(smallestPart, Math.ceil(size / (mostParts - 1))));
  const { objects } = context;
  const id = await objects.createMultipart(key);
  try {
    const etags: string[] = [];
    const waiting = groups.entries();
    await Promise.all(
      Array.from({ length: joinedAtOnce }, async () => {
        for (const [i, group] of waiting) etags[i] = await joinGroup(context, key, id, i + 1, group);
      }),
    );
    await objects.completeMultipart(key, id, etags, size);
  } catch (error) {
    await objects.abortMultipart(key, id).catch(() => {});
    throw storageFailure(error);
  }
}

/** Runs of at least `smallest` bytes each, but for the last. */
function groupPieces(pieces: readonly JoinedPiece[], smallest: number): JoinedPiece[][] {
  const groups: JoinedPiece[][] = [];
  let room = 0;
  for (const piece of pieces) {
    if (room <= 0) {
      groups.push([]);
      room = smallest;
    }
    groups.at(-1)?.push(piece);
    room -= piece.size;
  }
  return groups;
}

async function joinGroup(
  context: S3Context,
  key: string,
  id: string,
  number: number,
  group: readonly JoinedPiece[],
): Promise<string> {
  const [only] = group;
  if (group.length === 1 && only !== undefined) {
    const etag = await context.objects.copyPart(key, id, number, only.key);
    if (etag !== undefined) return etag;
  }
  return passThrough(context, key, id, number, group);
}

async function passThrough(
  { objects, scratch, resources }: S3Context,
  key: string,
  id: string,
  number: number,
  group: readonly JoinedPiece[],
): Promise<string> {
  const line = new PieceLine(scratch, {
    sizeAt: () => Number.POSITIVE_INFINITY,
    send: async () => {},
  });
  const intake = new ByteIntake(resources, {
    position: 0,
    limit: Number.POSITIVE_INFINITY,
    overflow: () => storageFailure(new Error('there is no limit')),
    store: slot => line.store(slot),
  });
  try {
    const small = await intake.run(Readable.from(readObjects(objects, group), { objectMode: false }));
    if (small !== undefined) await line.store(small).finally(() => small.release());
    const piece = await line.finish();
    try {
      if (piece === undefined) throw new Error('there is nothing to join');
      return await objects.putPart(key, id, number, await piece.body(resources.workers));
    } finally {
      await piece?.close();
    }
  } catch (error) {
    await line.abandon();
    throw error;
  }
}

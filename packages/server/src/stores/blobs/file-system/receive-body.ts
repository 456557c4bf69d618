import type { ByteSource, ExpectedBytes } from '../../../ports/blob-store.ts';
import { limitOf } from '../check-expected.ts';
import type { ArrivalTurn } from '../intake/arrival-line.ts';
import { ByteIntake } from '../intake/byte-intake.ts';
import type { HashAlgorithm } from '../intake/hash-messages.ts';
import type { IntakeResources } from '../intake/intake-resources.ts';
import { type DigestLanes, type Digests, digestsOf, RunningDigests } from '../intake/running-digests.ts';
import type { GrowingFile } from './growing-file.ts';
import type { PrefixHash } from './prefix-hash.ts';

/** Writes one body into a file at `position`, hashing it on the way. Nothing is compared or synced yet. */
export async function receiveBody(
  resources: IntakeResources,
  file: GrowingFile,
  source: ByteSource,
  options: {
    position: number;
    expected: ExpectedBytes;
    algorithms: readonly HashAlgorithm[];
    turn?: ArrivalTurn;
    lanes?: DigestLanes;
    /** The hash of the whole file that these bytes are a piece of; it gets them as soon as it can use them. */
    prefix?: PrefixHash;
  },
): Promise<{ size: number; digests: Digests }> {
  const { prefix } = options;
  const begin = () => new RunningDigests(resources.workers, options.algorithms, options.lanes);
  let running: RunningDigests | undefined;
  const intake = new ByteIntake(resources, {
    position: options.position,
    ...limitOf(options.expected),
    turn: options.turn,
    async store(slot, position) {
      running ??= begin();
      const fed = prefix?.feed(slot, position);
      // All must have let go of the slot before it is filled anew.
      const work = [file.writeSlot(slot, position), running.update(slot), fed];
      for (const done of await Promise.allSettled(work)) if (done.status === 'rejected') throw done.reason;
      if (fed === undefined && prefix !== undefined && prefix.ready >= options.position) prefix.advance(file.written);
    },
  });
  try {
    const small = await intake.run(source);
    if (small !== undefined) {
      try {
        const { bytes } = small;
        if (bytes.length > 0) await file.write(bytes, options.position);
        return { size: bytes.length, digests: digestsOf([bytes], options.algorithms) };
      } finally {
        small.release();
      }
    }
    running ??= begin();
    return { size: intake.received, digests: await running.finish() };
  } catch (error) {
    running?.drop();
    throw error;
  }
}

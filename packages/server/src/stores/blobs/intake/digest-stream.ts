import { RegistryError } from '../../../domain/registry-error.ts';
import type { ByteSource } from '../../../ports/blob-store.ts';
import { ByteIntake } from './byte-intake.ts';
import type { HashAlgorithm } from './hash-messages.ts';
import type { IntakeResources } from './intake-resources.ts';
import { type Digests, digestsOf, RunningDigests } from './running-digests.ts';

/** Hashes a stream in the workers, without keeping any of it. */
export async function digestStream(
  resources: IntakeResources,
  source: ByteSource,
  algorithms: readonly HashAlgorithm[],
): Promise<{ size: number; digests: Digests }> {
  let running: RunningDigests | undefined;
  const intake = new ByteIntake(resources, {
    position: 0,
    limit: Number.POSITIVE_INFINITY,
    overflow: () => new RegistryError('INTERNAL', 'A stream without a limit is too long.'),
    store: slot => {
      running ??= new RunningDigests(resources.workers, algorithms);
      return running.update(slot);
    },
  });
  try {
    const small = await intake.run(source);
    if (small !== undefined) {
      const digests = digestsOf([small.bytes], algorithms);
      small.release();
      return { size: small.bytes.length, digests };
    }
    return { size: intake.received, digests: (await running?.finish()) ?? digestsOf([], algorithms) };
  } catch (error) {
    running?.drop();
    throw error;
  }
}

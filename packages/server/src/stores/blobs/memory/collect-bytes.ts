import { RegistryError } from '../../../domain/registry-error.ts';
import type { ByteSource } from '../../../ports/blob-store.ts';
import { interruptedUpload } from '../interrupted-upload.ts';

/**
 * Reads a source to its end. What arrived before a failure is returned with it, for uploads that are resumed.
 */
export async function collectBytes(
  source: ByteSource,
  limit: number,
  overflow: () => RegistryError,
): Promise<{ bytes: Buffer; failure?: RegistryError }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let failure: RegistryError | undefined;
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      if (size + chunk.length > limit) {
        failure = overflow();
        break;
      }
      size += chunk.length;
      chunks.push(Uint8Array.from(chunk));
    }
  } catch (error) {
    failure = error instanceof RegistryError ? error : interruptedUpload(error);
  }
  return { bytes: Buffer.concat(chunks), failure };
}

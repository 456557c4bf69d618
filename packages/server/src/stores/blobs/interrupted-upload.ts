import { RegistryError } from '../../domain/registry-error.ts';

/** What a broken source is to the sender: the bytes that are missing have to be sent again. */
export function interruptedUpload(cause: unknown): RegistryError {
  return new RegistryError('UPLOAD_INTERRUPTED', 'The upload ended before all bytes had arrived; send it again.', {
    cause,
  });
}

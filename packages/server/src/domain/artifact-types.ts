import { normalizeName, shown } from './names.ts';
import { RegistryError } from './registry-error.ts';

/** Types the client makes for its own use; never offered in a registry. */
export function isInternalType(type: string): boolean {
  return type.startsWith('wandb-') || type === 'job' || type === 'code' || type === 'run_table';
}

/** An artifact type: up to 128 characters without `/` and `:` (wandb `validate_artifact_types`). */
export function artifactType(type: unknown): string {
  if (typeof type !== 'string' || !type.isWellFormed())
    throw new RegistryError('INVALID_NAME', 'An artifact type must be text.');
  const normal = normalizeName(type);
  if (normal.trim() === '' || [...normal].length > 128 || /[/:]|\p{Cc}/u.test(normal)) {
    throw new RegistryError(
      'INVALID_NAME',
      `The artifact type "${shown(normal)}" must have 1 to 128 characters and none of "/" and ":".`,
    );
  }
  return normal;
}

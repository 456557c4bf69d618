import { normalizeName, shown } from './names.ts';
import { RegistryError } from './registry-error.ts';

export const latest = 'latest';

/** `v3` and the like stand for version numbers, in whatever case they are typed. */
export function isVersionIndex(alias: string): boolean {
  return /^v\d+$/.test(alias);
}

/**
 * An alias as stored. Up to 128 characters without `/` and `:` (wandb `validate_aliases`); version-index forms are refused.
 * @throws RegistryError `INVALID_ALIAS`
 */
export function aliasName(alias: unknown): string {
  if (typeof alias !== 'string') throw new RegistryError('INVALID_ALIAS', 'An alias must be text.');
  const normal = normalizeName(alias);
  if (!alias.isWellFormed()) throw new RegistryError('INVALID_UNICODE', 'An alias must be valid Unicode.');
  if (normal.trim() === '') throw new RegistryError('INVALID_ALIAS', 'An alias must not be empty.');
  if ([...normal].length > 128) throw new RegistryError('INVALID_ALIAS', 'An alias has at most 128 characters.');
  if (/[/:]|\p{Cc}/u.test(normal)) {
    throw new RegistryError(
      'INVALID_ALIAS',
      `The alias "${shown(normal)}" must not hold "/", ":" or control characters.`,
    );
  }
  if (isVersionIndex(normal)) {
    throw new RegistryError(
      'INVALID_ALIAS',
      `"${shown(normal)}" names a version number and cannot be an alias; choose a word.`,
    );
  }
  return normal;
}

/** Checks a list and drops repeats, first occurrence first. */
export function aliasNames(aliases: readonly unknown[]): string[] {
  return [...new Set(aliases.map(aliasName))];
}

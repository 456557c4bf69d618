import { normalizeName, shown } from './names.ts';
import { RegistryError } from './registry-error.ts';

/** Letters, digits, `_`, `-` and single or several inner spaces (wandb `validate_tags`, whose `\w` knows Unicode). */
const pattern = /^[-_\p{L}\p{N}\p{M}]+( +[-_\p{L}\p{N}\p{M}]+)*$/u;

/** @throws RegistryError `INVALID_TAG` */
export function tagName(tag: unknown): string {
  if (typeof tag !== 'string' || !tag.isWellFormed()) throw new RegistryError('INVALID_TAG', 'A tag must be text.');
  const normal = normalizeName(tag);
  if (normal.length > 128) throw new RegistryError('INVALID_TAG', 'A tag has at most 128 characters.');
  if (!pattern.test(normal)) {
    throw new RegistryError(
      'INVALID_TAG',
      `The tag "${shown(normal)}" may hold letters, digits, "_", "-" and inner spaces only.`,
    );
  }
  return normal;
}

/** Checks a list and drops repeats, first occurrence first. */
export function tagNames(tags: readonly unknown[]): string[] {
  return [...new Set(tags.map(tagName))];
}

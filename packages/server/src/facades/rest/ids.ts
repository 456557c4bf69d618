import { RegistryError } from '../../domain/registry-error.ts';

/** An id from a path. What is no id at all does not exist, like an id that was never given. */
export function readId(text: string, what: string): number {
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new RegistryError('NOT_FOUND', `There is no such ${what}.`);
}

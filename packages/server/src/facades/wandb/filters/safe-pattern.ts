import { RegistryError } from '../../../domain/registry-error.ts';

const maxLength = 256;
const maxOpenRepeats = 3;

/**
 * A regular expression of a user's. Patterns that can take exponential time are refused: nothing repeats a group, looks
 * around or refers back, and only a few parts repeat without a limit, so that matching a name takes microseconds.
 * @throws RegistryError `INVALID_INPUT`
 */
export function safePattern(pattern: unknown): RegExp {
  if (typeof pattern !== 'string' || pattern.length > maxLength)
    throw refused(`it must be text of at most ${maxLength} characters`);
  const outside = pattern.replace(/\\./gs, 'e').replace(/\[(?:\^?\]?)[^\]]*\]/g, 'c');
  if (/\\[1-9]|\\k/.test(pattern.replace(/\\\\/g, ''))) throw refused('it refers back to a group');
  if (/\(\?(?!:|P?<[A-Za-z])/.test(outside)) throw refused('it looks around, or sets flags');
  if (/\)\s*(?:[*+?]|\{)/.test(outside)) throw refused('it repeats a group');
  const repeats = outside.match(/[*+]|\{\d*,\d*\}/g) ?? [];
  if (repeats.length > maxOpenRepeats) throw refused(`it repeats more than ${maxOpenRepeats} parts`);
  if (/\{\d{3,}|\{\d*,\d{3,}/.test(outside)) throw refused('it repeats a part more than 99 times');
  try {
    return new RegExp(pattern.replace(/\(\?P</g, '(?<'), 'u');
  } catch {
    throw refused('it is not a regular expression');
  }
}

function refused(why: string): RegistryError {
  return new RegistryError('INVALID_INPUT', `The regular expression cannot be used: ${why}.`);
}

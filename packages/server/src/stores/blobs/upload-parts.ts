import { RegistryError } from '../../domain/registry-error.ts';
import type { PartPosition } from '../../ports/blob-store.ts';

/** As in S3. */
const mostParts = 10_000;

export function checkPartPosition({ number, count }: PartPosition): void {
  const valid =
    Number.isInteger(number) && Number.isInteger(count) && number >= 1 && number <= count && count <= mostParts;
  if (valid) return;
  throw new RegistryError('INVALID_INPUT', `A part has a number from 1 to the count of parts, ${mostParts} at most.`, {
    details: { number, count },
  });
}

/** All but the last part have the size of the first. */
export function checkPartSizes(sizes: readonly number[]): void {
  const wrong = sizes.findIndex((size, index) => index < sizes.length - 1 && size !== sizes[0]);
  if (wrong >= 0) throw unequalPart(wrong + 1, sizes[0] ?? 0, sizes[wrong] ?? 0);
}

export function unequalPart(number: number, expected: number, actual: number): RegistryError {
  return new RegistryError(
    'SIZE_MISMATCH',
    `Part ${number} has ${actual} bytes where the others have ${expected}; all but the last must be equal.`,
    { details: { part: number, expected, actual } },
  );
}

/** @param missing part numbers; only the first few are named. */
export function incompleteUpload(missing: readonly number[]): RegistryError {
  const first = missing.slice(0, 20);
  return new RegistryError('UPLOAD_INCOMPLETE', `Parts are missing: ${first.join(', ')}. Send them, then finish.`, {
    details: { missing: first, missingCount: missing.length },
  });
}

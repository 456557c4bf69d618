import { RegistryError } from '../../domain/registry-error.ts';
import type { ExpectedBytes, PartPosition } from '../../ports/blob-store.ts';
import { checkExpected } from './check-expected.ts';

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

/**
 * Compares a whole of parts with what was promised. A hash of the whole vouches for its parts too; only where there is
 * none, or it does not match, are the parts looked at, to name the ones that have to be sent again.
 *
 * @param findWrong reads the parts whose announced MD5 nobody has checked; answers with the numbers of the wrong ones.
 */
export async function checkWhole(
  expected: ExpectedBytes,
  actual: { size: number; md5: string; sha256: string },
  findWrong: () => Promise<readonly number[]>,
): Promise<void> {
  let mismatch: unknown;
  try {
    checkExpected(expected, actual);
    if (expected.md5 !== undefined || expected.sha256 !== undefined) return;
  } catch (error) {
    mismatch = error;
  }
  const wrong = await findWrong();
  if (wrong.length > 0) throw wrongParts(wrong, mismatch);
  if (mismatch !== undefined) throw mismatch;
}

function wrongParts(numbers: readonly number[], cause: unknown): RegistryError {
  const first = numbers.slice(0, 20);
  return new RegistryError(
    'DIGEST_MISMATCH',
    `The bytes of these parts have another md5 than was announced: ${first.join(', ')}. Send them again, then finish.`,
    { details: { algorithm: 'md5', parts: first, partCount: numbers.length }, cause },
  );
}

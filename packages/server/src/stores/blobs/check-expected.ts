import { RegistryError } from '../../domain/registry-error.ts';
import type { ExpectedBytes } from '../../ports/blob-store.ts';

/** The most bytes a body may have before reading on is pointless, and the error of one that has more. */
export function limitOf(expected: ExpectedBytes): { limit: number; overflow: () => RegistryError } {
  const size = expected.size ?? Number.POSITIVE_INFINITY;
  const maxBytes = expected.maxBytes ?? Number.POSITIVE_INFINITY;
  if (maxBytes < size) return { limit: maxBytes, overflow: () => tooLarge(maxBytes) };
  return {
    limit: size,
    overflow: () =>
      new RegistryError('SIZE_MISMATCH', `More bytes arrived than the ${size} that were announced.`, {
        details: { expected: size },
      }),
  };
}

/** Refuses at once what was announced too large, before a byte is read. */
export function checkAnnounced(expected: ExpectedBytes): void {
  const { size, maxBytes } = expected;
  if (size !== undefined && maxBytes !== undefined && size > maxBytes) throw tooLarge(maxBytes);
}

/** Compares what arrived with everything the sender promised. */
export function checkExpected(expected: ExpectedBytes, actual: { size: number; md5?: string; sha256?: string }): void {
  if (expected.size !== undefined && expected.size !== actual.size) {
    throw new RegistryError(
      'SIZE_MISMATCH',
      `${actual.size} bytes arrived where ${expected.size} were announced; send the file again.`,
      { details: { expected: expected.size, actual: actual.size } },
    );
  }
  for (const algorithm of ['sha256', 'md5'] as const) {
    const wanted = expected[algorithm];
    const found = actual[algorithm];
    if (wanted === undefined || found === undefined || wanted === found) continue;
    throw new RegistryError(
      'DIGEST_MISMATCH',
      `The bytes that arrived have another ${algorithm} than was announced; send the file again.`,
      { details: { algorithm, expected: wanted, actual: found } },
    );
  }
}

export function tooLarge(maxBytes: number): RegistryError {
  return new RegistryError('TOO_LARGE', `More than the ${maxBytes} bytes allowed here; send a smaller file.`, {
    details: { maxBytes },
  });
}

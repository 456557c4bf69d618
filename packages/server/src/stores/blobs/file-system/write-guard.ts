import { RegistryError } from '../../../domain/registry-error.ts';
import { errnoOf, type FileOperations } from './file-operations.ts';

const fullCodes = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Decides whether the store may write at all: not on a nearly full disk, and never again after a failed sync.
 *
 * The kernel reports a lost write once and then marks the pages clean, so a second fsync would succeed over bytes
 * that are gone. That is why nothing here retries, and why only a restart, after somebody has looked, writes again.
 */
export class WriteGuard {
  readonly #operations: FileOperations;
  readonly #root: string;
  readonly #minFreeBytes: number;
  #broken: RegistryError | undefined;
  #free: { bytes: number; at: number } | undefined;

  constructor(operations: FileOperations, root: string, minFreeBytes: number) {
    this.#operations = operations;
    this.#root = root;
    this.#minFreeBytes = minFreeBytes;
  }

  /** @throws RegistryError `STORAGE_UNAVAILABLE` or `STORAGE_FULL` (also when `size` more bytes would not fit). */
  async check(size = 0): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#minFreeBytes <= 0) return;
    const now = performance.now();
    if (this.#free === undefined || now - this.#free.at > 1000) {
      const { bavail, bsize } = await this.#operations.statfs(this.#root);
      this.#free = { bytes: bavail * bsize, at: now };
    }
    if (this.#free.bytes - size < this.#minFreeBytes) throw storageFull();
  }

  /** Runs one sync. A failure closes the store for writing. */
  async sync(run: () => Promise<void>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      await run();
    } catch (error) {
      const failure = this.failure(error);
      if (failure.code === 'STORAGE_UNAVAILABLE') {
        this.#broken = new RegistryError(
          'STORAGE_UNAVAILABLE',
          'The disk failed to store bytes and nothing more is written; check the disk, then restart the server.',
          { cause: error },
        );
      }
      throw failure;
    }
  }

  /** What a failed call to the operating system is to the caller. */
  failure(error: unknown): RegistryError {
    if (error instanceof RegistryError) return error;
    if (fullCodes.has(errnoOf(error) ?? '')) return storageFull(error);
    return new RegistryError('STORAGE_UNAVAILABLE', 'The bytes could not be stored; try again later.', {
      cause: error,
    });
  }
}

function storageFull(cause?: unknown): RegistryError {
  return new RegistryError('STORAGE_FULL', 'The storage is full; free some space or ask the administrator.', { cause });
}

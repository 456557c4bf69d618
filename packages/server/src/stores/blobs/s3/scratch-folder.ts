import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { randomName } from './object-layout.ts';

/** Files without a name for bytes on their way: whatever happens to the process, nothing of them stays. */
export class ScratchFolder {
  readonly #folder: string;
  #made: Promise<unknown> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<FileHandle> {
    this.#made ??= mkdir(this.#folder, { recursive: true });
    await this.#made.catch(error => {
      this.#made = undefined;
      throw error;
    });
    const path = join(this.#folder, randomName());
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    await unlink(path);
    return handle;
  }
}

import type { StatsFs } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, statfs, unlink } from 'node:fs/promises';

/**
 * The calls to the operating system that can lose data when they fail. They come in through the constructor so that
 * tests make them fail, one by one.
 */
export interface FileOperations {
  open(path: string, flags: number, mode?: number): Promise<FileHandle>;
  write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void>;
  /** fsync: bytes and size. */
  sync(file: FileHandle): Promise<void>;
  /** fdatasync: bytes, and of the inode only what reading them needs. */
  syncData(file: FileHandle): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  statfs(path: string): Promise<StatsFs>;
}

export const nodeFileOperations: FileOperations = {
  open: (path, flags, mode) => open(path, flags, mode),
  async write(file, bytes, position) {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  },
  sync: file => file.sync(),
  syncData: file => file.datasync(),
  rename,
  unlink,
  async makeFolder(path) {
    await mkdir(path, { mode: 0o700, recursive: true });
  },
  removeFolder: path => rm(path, { recursive: true, force: true }),
  list: folder => readdir(folder),
  statfs: path => statfs(path),
};

/** The code of a system error, e.g. `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

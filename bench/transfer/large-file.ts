import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/** A large file of random bytes whose contents are made new for every upload, so that none is known already. */
export class LargeFile {
  readonly path: string;
  size: number;

  private constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
  }

  static async create(path: string, size: number): Promise<LargeFile> {
    const file = await open(path, 'w');
    try {
      for (let at = 0; at < size; ) at += await write(file, randomBytes(Math.min(16 << 20, size - at)), at);
    } finally {
      await file.close();
    }
    return new LargeFile(path, size);
  }

  /** Other bytes at the start, and another size. */
  async renew(size: number): Promise<void> {
    const file = await open(this.path, 'r+');
    try {
      await write(file, randomBytes(64), 0);
      await file.truncate(size);
      this.size = size;
    } finally {
      await file.close();
    }
  }

  /** MD5 by `md5sum`, and the seconds it took: the yardstick of uploads. */
  async md5sum(): Promise<{ seconds: number; md5: string }> {
    const { seconds, stdout } = await runCommand('md5sum', [this.path]);
    return { seconds, md5: stdout.slice(0, 32) };
  }

  async sha256(): Promise<string> {
    const hash = createHash('sha256');
    const file = await open(this.path);
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }
}

async function write(file: FileHandle, bytes: Buffer, position: number): Promise<number> {
  const { bytesWritten } = await file.write(bytes, 0, bytes.length, position);
  return bytesWritten;
}

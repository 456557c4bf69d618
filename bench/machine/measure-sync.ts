import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds that 4 KiB and an fdatasync take on the disk of a folder: every durable change waits for at least one. */
export async function measureSync(folder: string, count = 200): Promise<number[]> {
  const path = join(folder, 'sync-probe');
  const file = await open(path, 'w');
  const block = Buffer.alloc(4096, 1);
  const times: number[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      await file.write(block, 0, block.length, i * block.length);
      await file.datasync();
      times.push(performance.now() - started);
    }
  } finally {
    await file.close();
    await rm(path);
  }
  return times;
}

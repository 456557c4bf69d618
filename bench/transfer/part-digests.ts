import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** MD5 of each part of a file, lower-case hex: what a client knows before it begins to send. */
export async function partDigests(path: string, size: number, partBytes: number): Promise<string[]> {
  const digests: string[] = [];
  const file = await open(path);
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  try {
    for (let start = 0; start < size; start += partBytes) {
      const hash = createHash('md5');
      const end = Math.min(size, start + partBytes);
      for (let at = start; at < end; ) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      digests.push(hash.digest('hex'));
    }
  } finally {
    await file.close();
  }
  return digests;
}

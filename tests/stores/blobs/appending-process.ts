/** Appends to an upload for a test that kills it meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import { FileSystemBlobStore } from '../../../packages/server/src/stores/blobs/file-system/file-system-blob-store.ts';
import { chunksOf, testBytes } from './test-bytes.ts';

const [root = '', upload = '', size = ''] = process.argv.slice(2);
const mebibyte = 1 << 20;

async function* paced(bytes: Uint8Array) {
  for (const chunk of chunksOf(bytes, mebibyte)) {
    yield* chunksOf(chunk);
    await pause(2);
  }
}

await new FileSystemBlobStore({ root }).append(upload, 0, paced(testBytes(Number(size))));

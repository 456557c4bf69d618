import { constants } from 'node:fs';
import type { StoreContext } from './store-context.ts';

/** One turn of a worker: some milliseconds, so that other uploads are served in between. */
const turnBytes = 4 << 20;

/** MD5 of a piece of a file, lower-case hex. */
export async function hashRange(
  { operations, resources, guard }: StoreContext,
  path: string,
  { position, length }: { position: number; length: number },
): Promise<string> {
  const state = resources.workers.open('md5', 'parts');
  try {
    const file = await operations.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      for (let at = 0; at < length; at += turnBytes) {
        await state.updateFromFile(file.fd, position + at, Math.min(turnBytes, length - at));
      }
    } finally {
      await file.close();
    }
    return await state.digest();
  } catch (error) {
    state.drop();
    throw guard.failure(error);
  }
}

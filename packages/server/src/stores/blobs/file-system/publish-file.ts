import { join } from 'node:path';
import type { StoredBlob } from '../../../ports/blob-store.ts';
import { syncFolder } from './durable-folder.ts';
import type { StoreContext } from './store-context.ts';

/**
 * Gives a whole, verified and synced file its final name, durably. After a failure the file is nowhere: a name that
 * may or may not survive a power cut must not be found under either.
 */
export async function publishFile(context: StoreContext, from: string, { key, size }: StoredBlob): Promise<void> {
  const { layout, folders, operations, direct } = context;
  const shard = layout.shardOf(key);
  const final = join(layout.blobs, key);
  await folders.make(shard);
  await operations.rename(from, final);
  try {
    await syncFolder(context, shard);
  } catch (error) {
    await operations.unlink(final).catch(() => {});
    throw error;
  }
  direct.noteWritten(key, size);
}

import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { DirectWrites } from './direct-file.ts';
import type { FileOperations } from './file-operations.ts';
import type { SyncLanes } from './sync-lanes.ts';
import type { WriteGuard } from './write-guard.ts';

/** What every step that must survive a power cut needs. */
export interface DurableContext {
  readonly operations: FileOperations;
  readonly guard: WriteGuard;
  readonly lanes: SyncLanes;
  readonly direct: DirectWrites;
}

/** Makes names in a folder durable: created, renamed and removed ones. */
export async function syncFolder({ operations, guard, lanes }: DurableContext, folder: string): Promise<void> {
  await lanes.run(() =>
    guard.sync(async () => {
      const handle = await operations.open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await operations.sync(handle);
      } finally {
        await handle.close();
      }
    }),
  );
}

/** Creates folders once and makes their names durable before anything is put into them. */
export class DurableFolders {
  readonly #context: DurableContext;
  readonly #made = new Map<string, Promise<void>>();

  constructor(context: DurableContext) {
    this.#context = context;
  }

  make(folder: string): Promise<void> {
    let made = this.#made.get(folder);
    if (made === undefined) {
      made = this.#create(folder);
      this.#made.set(folder, made);
      made.catch(() => this.#made.delete(folder));
    }
    return made;
  }

  async #create(folder: string): Promise<void> {
    await this.#context.operations.makeFolder(folder);
    await syncFolder(this.#context, dirname(folder));
  }
}

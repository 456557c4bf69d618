import { RegistryError } from '../domain/registry-error.ts';
import type { RunFile } from '../domain/runs.ts';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type Access, requireAction } from './access.ts';
import type { Caller } from './caller.ts';

/** Files saved with runs, one by one. */
export class RunFiles {
  readonly #store: MetadataStore;
  readonly #access: Access;

  constructor(store: MetadataStore, access: Access) {
    this.#store = store;
    this.#access = access;
  }

  /** A file with its bytes. @throws RegistryError `NOT_FOUND` */
  async get(caller: Caller, id: number): Promise<{ file: RunFile; blob: Blob }> {
    const file = await this.#store.read.runs.findRunFile(id);
    const run = file && (await this.#store.read.runs.findRun(file.runId));
    const found = run && (await this.#access.findProjectById(caller, run.projectId));
    const blob = found && (await this.#store.read.blobs.findBlob(file.blobId));
    if (!blob) throw new RegistryError('NOT_FOUND', 'There is no such file of a run, or you may not see it.');
    requireAction(found, 'file.read');
    return { file, blob };
  }

  /** Deletes files of runs; ids that stand for nothing (any more) are passed over. */
  async delete(caller: Caller, ids: readonly number[]): Promise<void> {
    const known: number[] = [];
    for (const id of new Set(ids)) {
      const file = await this.#store.read.runs.findRunFile(id);
      const run = file && (await this.#store.read.runs.findRun(file.runId));
      const found = run && (await this.#access.findProjectById(caller, run.projectId));
      if (!found) continue;
      requireAction(found, 'run.write');
      known.push(id);
    }
    if (known.length > 0) await this.#store.transaction(tx => tx.runs.deleteRunFiles(known));
  }
}

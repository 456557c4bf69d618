import { ManifestTotals, type ResolvedEntry } from '../domain/manifests.ts';

/** What is known of a manifest's entries as they come, so that its rows need not be read again. */
export class ReceivedEntries {
  #count = 0;
  #missing = 0;
  #totals: ManifestTotals | undefined = new ManifestTotals();

  get count(): number {
    return this.#count;
  }

  /** files without bytes */
  get missing(): number {
    return this.#missing;
  }

  /** What the entries amount to; undefined where they came in another order than that of their paths. */
  get totals(): ManifestTotals | undefined {
    return this.#totals;
  }

  /** @returns false where a path stands twice in the batch; across batches only the rows tell, where there are no totals */
  add(batch: ResolvedEntry[]): boolean {
    this.#count += batch.length;
    for (const entry of batch) {
      if (entry.ref === null && entry.blobId === null) this.#missing += 1;
      // the client sends them in order
      if (this.#totals?.follows(entry.path)) this.#totals.add(entry);
      else this.#totals = undefined;
    }
    return this.#totals !== undefined || new Set(batch.map(({ path }) => path)).size === batch.length;
  }
}

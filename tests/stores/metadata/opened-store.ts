import type { MetadataStore } from '../../../packages/server/src/ports/metadata-store.ts';

export interface OpenedStore {
  store: MetadataStore;
  /** Closes everything that was opened and removes the data. */
  close: () => Promise<void>;
}

/** A store whose data outlive the process and can be opened by several. */
export interface DurableStore extends OpenedStore {
  /** Closes the store and opens its data anew. */
  reopen: () => Promise<MetadataStore>;
  /** Opens the same data a second time, as another server would. */
  openAnother: (options?: { reach?: number }) => Promise<MetadataStore>;
}

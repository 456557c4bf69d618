import type { MetadataStore } from '../../../packages/server/src/ports/metadata-store.ts';

/** A fresh, empty store for one test. */
export interface OpenedStore {
  readonly store: MetadataStore;
  /** Closes it and opens the same data again; undefined where closing loses the data. */
  reopen?(): Promise<MetadataStore>;
  /** Another store on the same data, as a second server would have; undefined where there can be only one. */
  openAnother?(): Promise<MetadataStore>;
  close(): Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

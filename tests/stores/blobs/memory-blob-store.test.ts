import { MemoryBlobStore } from '../../../packages/server/src/stores/blobs/memory/memory-blob-store.ts';
import { blobStoreSuite } from './blob-store-suite.ts';

blobStoreSuite('MemoryBlobStore', false, async () => {
  const store = new MemoryBlobStore();
  return { store, listAll: async () => store.keys(), close: () => store.close() };
});

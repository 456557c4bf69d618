import { openSqliteMetadataStore } from '../../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import { metadataStoreSuite } from './metadata-store-suite.ts';

metadataStoreSuite('SQLite in memory', async () => {
  const store = openSqliteMetadataStore({ file: ':memory:' });
  await store.migrate();
  return { store, close: () => store.close() };
});

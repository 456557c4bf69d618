import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteMetadataStore } from '../../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import { durableMetadataStoreSuite } from './metadata-store-suite.ts';

durableMetadataStoreSuite('SQLite in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weighhouse-metadata-'));
  const file = join(folder, 'metadata.db');
  const store = openSqliteMetadataStore({ file });
  const stores = [store];
  await store.migrate();
  return {
    store,
    async reopen() {
      await store.close();
      const again = openSqliteMetadataStore({ file });
      stores.push(again);
      return again;
    },
    async openAnother({ reach } = {}) {
      const another = openSqliteMetadataStore({ file, reach });
      stores.push(another);
      return another;
    },
    async close() {
      for (const each of stores) await each.close();
      await rm(folder, { recursive: true });
    },
  };
});

import { openPostgresMetadataStore } from '../../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { borrowDatabase } from '../../support/postgres.ts';
import { durableMetadataStoreSuite } from './metadata-store-suite.ts';

durableMetadataStoreSuite('PostgreSQL', async () => {
  const database = await borrowDatabase();
  const { url } = database;
  const store = openPostgresMetadataStore({ url });
  const stores = [store];
  const another = async ({ reach }: { reach?: number } = {}) => {
    const opened = openPostgresMetadataStore({ url, reach });
    stores.push(opened);
    return opened;
  };
  return {
    store,
    async reopen() {
      await store.close();
      return await another();
    },
    openAnother: another,
    async close() {
      for (const each of stores) await each.close();
      await database.release();
    },
  };
});

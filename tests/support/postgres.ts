import { openPostgresMetadataStore } from '../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { createDatabase, query } from './postgres-database.ts';
import { providedPostgres } from './provided-servers.ts';

export interface TestDatabase {
  url: string;
  /** Gives it back; whatever is connected then is cut off. */
  release(): Promise<void>;
}

/** Emptied databases of this process: to empty one is many times faster than to make one. */
const spare: string[] = [];

/** A database with the tables of this build and nothing in them. */
export async function borrowDatabase(): Promise<TestDatabase> {
  const url = spare.pop() ?? (await makeDatabase({ migrated: true }));
  return {
    url,
    async release() {
      await query(url, emptying);
      spare.push(url);
    },
  };
}

/** A database without anything, or with the tables of this build. */
export async function makeDatabase({ migrated = false } = {}): Promise<string> {
  const url = await createDatabase(providedPostgres());
  if (migrated) {
    const store = openPostgresMetadataStore({ url, connections: 2 });
    await store.migrate();
    await store.close();
  }
  return url;
}

/** As a replica, the session fires neither the triggers that protect history nor those of foreign keys. */
const emptying = `
  select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
  set session_replication_role = replica;
  do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' and tablename not in ('migrations', 'counters')
    loop execute format('delete from %I', name); end loop;
  end $$;
  update counters set next = 1;
`;

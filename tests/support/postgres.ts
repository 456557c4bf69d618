import pg from 'pg';
import { inject } from 'vitest';
import { openPostgresMetadataStore } from '../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';

export interface TestDatabase {
  url: string;
  /** Gives it back; whatever is connected then is cut off. */
  release(): Promise<void>;
}

/** Emptied databases of this process: to empty one is many times faster than to make one. */
const spare: string[] = [];
let made = 0;

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

/** A database without anything. */
export async function makeDatabase({ migrated = false } = {}): Promise<string> {
  made += 1;
  const name = `test_${process.pid}_${made}`;
  // a language whose order is not that of bytes, as most databases have: the tables have to see to theirs
  await query(
    maintenanceUrl(),
    `create database ${name} template template0 locale_provider icu icu_locale 'de-DE' locale 'C.UTF-8'`,
  );
  const url = maintenanceUrl().replace('/postgres?', `/${name}?`);
  if (migrated) {
    const store = openPostgresMetadataStore({ url, connections: 2 });
    await store.migrate();
    await store.close();
  }
  return url;
}

/** Runs statements as the superuser, on a connection of their own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(text);
    return rows ?? [];
  } finally {
    await client.end();
  }
}

function maintenanceUrl(): string {
  const server = inject('postgres');
  if ('problem' in server) throw new Error(server.problem);
  return server.url;
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

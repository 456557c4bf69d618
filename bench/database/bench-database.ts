/** A database that a server runs on. */
export type BenchDatabase =
  | { kind: 'sqlite'; file: string }
  | {
      kind: 'postgres';
      /** `postgres://…`, as its superuser */
      url: string;
    };

export const databaseNames = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;

/** The setting that puts a server of ours on a database. */
export function databaseSetting(database: BenchDatabase): Record<string, string> {
  return { WEIGHHOUSE_DATABASE: database.kind === 'sqlite' ? `sqlite:${database.file}` : database.url };
}

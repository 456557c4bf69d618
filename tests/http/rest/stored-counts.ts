import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** How much is stored: rows of every table, and files below the folder of blobs. Refused input must not change it. */
export function storedCounts(folder: string): Record<string, number> {
  const database = new Database(join(folder, 'weighhouse.db'), { readonly: true });
  try {
    const tables = database
      .prepare(`select name from sqlite_master where type = 'table' order by name`)
      .pluck()
      .all() as string[];
    const counts: Record<string, number> = {};
    for (const table of tables)
      counts[table] = database.prepare(`select count(*) from "${table}"`).pluck().get() as number;
    counts['files of blobs'] = readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).filter(
      one => one.isFile(),
    ).length;
    return counts;
  } finally {
    database.close();
  }
}

import BetterSqlite3 from 'better-sqlite3';
import type { BulkOptions, BulkWriter, Value } from './bulk-writer.ts';

/** Rows by prepared statements, one transaction for each call, without a journal: a fill that fails is thrown away. */
export function openSqliteBulkWriter(file: string, { rebuildIndexesOf = [] }: BulkOptions): BulkWriter {
  const database = new BetterSqlite3(file);
  database.pragma('journal_mode = off');
  database.pragma('synchronous = off');
  database.pragma('foreign_keys = off');
  // in KiB where negative
  database.pragma('cache_size = -524288');
  database.pragma('threads = 2');
  const indexes = database
    .prepare<[string], { name: string; sql: string }>(
      `select name, sql from sqlite_master
       where type = 'index' and sql is not null and tbl_name in (select value from json_each(?))`,
    )
    .all(JSON.stringify(rebuildIndexesOf));
  for (const { name } of indexes) database.exec(`drop index "${name}"`);
  const statements = new Map<string, BetterSqlite3.Statement<Value[]>>();
  const insertInto = (table: string, row: object) => {
    let statement = statements.get(table);
    if (!statement) {
      const columns = Object.keys(row);
      statement = database.prepare<Value[]>(
        `insert into "${table}" (${columns.map(name => `"${name}"`).join()}) values (${columns.map(() => '?').join()})`,
      );
      statements.set(table, statement);
    }
    return statement;
  };
  return {
    async query(sql, parameters = []) {
      const statement = database.prepare<Value[], Record<string, Value>>(sql);
      if (statement.reader) return statement.all(...parameters);
      statement.run(...parameters);
      return [];
    },
    async write(rows) {
      database.exec('begin');
      for (const [table, ofTable] of Object.entries(rows)) {
        const [first] = ofTable;
        if (!first) continue;
        const statement = insertInto(table, first);
        for (const row of ofTable) statement.run(...(Object.values(row) as Value[]).map(asNumber));
      }
      database.exec('commit');
    },
    async finish() {
      for (const { sql } of indexes) database.exec(sql);
      database.close();
    },
  };
}

function asNumber(value: Value): Value {
  return typeof value === 'boolean' ? Number(value) : value;
}

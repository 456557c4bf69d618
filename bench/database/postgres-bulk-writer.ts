import pg from 'pg';
import type { BulkOptions, BulkWriter, Value } from './bulk-writer.ts';

/** Characters after which a chunk is sent. */
const chunkLength = 1 << 16;

/** Rows by `copy`, one for each table and call, without triggers: what is written keeps its foreign keys. */
export async function openPostgresBulkWriter(url: string, { rebuildIndexesOf = [] }: BulkOptions): Promise<BulkWriter> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`set session_replication_role = replica; set synchronous_commit = off;
    set maintenance_work_mem = '512MB'; set max_parallel_maintenance_workers = 0; set jit = off`);
  const { rows: indexes } = await client.query<{ name: string; sql: string }>(
    `select indexname as name, indexdef as sql from pg_indexes
     where schemaname = current_schema() and tablename = any($1)
       and not exists (select from pg_constraint where conname = indexname)`,
    [rebuildIndexesOf],
  );
  for (const { name } of indexes) await client.query(`drop index "${name}"`);
  const written = new Set<string>();
  return {
    async query(sql, parameters = []) {
      let position = 0;
      const text = sql.replaceAll('?', () => `$${++position}`);
      return (await client.query<Record<string, Value>>(text, [...parameters])).rows;
    },
    async write(rows) {
      for (const [table, ofTable] of Object.entries(rows)) {
        if (ofTable.length === 0) continue;
        written.add(table);
        await copyInto(client, table, ofTable);
      }
    },
    async finish() {
      for (const { sql } of indexes) await client.query(sql);
      // what autovacuum would have done by now
      for (const table of written) await client.query(`vacuum (analyze) "${table}"`);
      await client.query('checkpoint');
      await client.end();
    },
  };
}

function copyInto(client: pg.Client, table: string, rows: readonly object[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).map(name => `"${name}"`);
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined | null) => (error ? reject(error) : resolve());
    client.query(new CopyRows(`copy "${table}" (${columns.join()}) from stdin`, rows, done));
  });
}

interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** A statement that sends rows when the database asks for them. */
class CopyRows extends pg.Query {
  readonly #rows: readonly object[];

  constructor(text: string, rows: readonly object[], done: (error: Error | undefined | null) => void) {
    super(text, done);
    this.#rows = rows;
  }

  /** Called by the driver. */
  handleCopyInResponse(connection: CopyConnection): void {
    let chunk = '';
    for (const row of this.#rows) {
      chunk += `${Object.values(row).map(copyText).join('\t')}\n`;
      if (chunk.length < chunkLength) continue;
      connection.sendCopyFromChunk(Buffer.from(chunk));
      chunk = '';
    }
    connection.sendCopyFromChunk(Buffer.from(chunk));
    connection.endCopyFrom();
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyText(value: Value): string {
  if (value === null) return '\\N';
  return typeof value === 'string' ? value.replace(/[\\\t\n\r]/g, found => escapes[found] ?? found) : String(value);
}

import { CompiledQuery } from 'kysely';
import type { SqlDialect } from './dialect.ts';
import type { UnansweredQuery } from './prepared-query.ts';
import type { Schema } from './schema.ts';
import type { Session } from './session.ts';

/** Rows in one statement. Beyond this a longer statement is no faster, and databases limit the number of parameters. */
const largest = 128;
/** Up to so many go in one statement, whatever their number. */
const few = 8;

export interface BulkRows<T extends keyof Schema> {
  table: T;
  columns: readonly (keyof Schema[T] & string)[];
  /** what follows the values, e.g. `on conflict … do …`, in SQL that both databases know */
  ending?: string;
}

/** For an `ending`: columns of the row that is there become those of the row that is written. */
export function overwritten(columns: readonly string[]): string {
  return columns.map(column => `"${column}" = excluded."${column}"`).join(', ');
}

/**
 * Writes many rows in statements of 128, 64, … of them and one for the few that are left, so that a handful of texts serves
 * every number of rows and none of them is built twice. Nobody waits for the answer to a short list: see `PreparedQuery.send`.
 */
export async function insertRows<T extends keyof Schema>(
  session: Session,
  { table, columns, ending = '' }: BulkRows<T>,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const isShort = rows.length <= largest;
  let done = 0;
  for (let count = largest; done < rows.length; ) {
    const left = rows.length - done;
    if (left <= few) count = left;
    if (count > left) {
      count >>= 1;
      continue;
    }
    const parameters = rows.slice(done, done + count).flat();
    const query = CompiledQuery.raw(statementText(session.dialect, table, columns, ending, count), parameters);
    const unanswered: UnansweredQuery = { ...query, unanswered: true };
    // of many rows the database begins with the first while the next are made
    await session.db.executeQuery(isShort ? unanswered : query);
    done += count;
  }
}

const texts = new Map<string, string>();

function statementText(
  dialect: SqlDialect,
  table: string,
  columns: readonly string[],
  ending: string,
  count: number,
): string {
  const key = `${dialect.name} ${table} ${count} ${ending}`;
  let text = texts.get(key);
  if (text === undefined) {
    const rows = Array.from({ length: count }, (_, row) => {
      const marks = columns.map((_, column) => dialect.placeholder(row * columns.length + column + 1));
      return `(${marks.join(', ')})`;
    });
    const names = columns.map(column => `"${column}"`).join(', ');
    text = `insert into "${table}" (${names}) values ${rows.join(', ')} ${ending}`.trimEnd();
    texts.set(key, text);
  }
  return text;
}

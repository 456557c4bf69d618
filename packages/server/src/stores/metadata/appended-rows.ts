import { type BulkRows, insertRows } from './bulk-rows.ts';
import type { Schema } from './schema.ts';
import type { Session } from './session.ts';

/**
 * Rows that a transaction only ever adds, kept until its end: those of one table then take one statement. What reads such
 * a table in a transaction asks for `flush` first.
 */
export class AppendedRows {
  readonly #tables = new Map<string, { into: BulkRows<keyof Schema>; rows: unknown[][] }>();

  /** @param values by column, all of those of the table */
  add<T extends keyof Schema>(table: T, values: Schema[T]): void {
    const kept = this.#tables.get(table);
    if (kept) kept.rows.push(kept.into.columns.map(column => values[column as keyof Schema[T]]));
    else {
      const columns = Object.keys(values) as (keyof Schema[T] & string)[];
      const into = { table, columns } as unknown as BulkRows<keyof Schema>;
      this.#tables.set(table, { into, rows: [Object.values(values)] });
    }
  }

  /** Takes over what another keeps. */
  addAll(other: AppendedRows): void {
    for (const [table, { into, rows }] of other.#tables) {
      const kept = this.#tables.get(table);
      if (kept) kept.rows.push(...rows);
      else this.#tables.set(table, { into, rows: [...rows] });
    }
  }

  /** values of all rows, in no order */
  *values(): Generator<unknown> {
    for (const { rows } of this.#tables.values()) for (const row of rows) yield* row;
  }

  async flush(session: Session): Promise<void> {
    for (const [table, { into, rows }] of this.#tables) {
      this.#tables.delete(table);
      await insertRows(session, into, rows);
    }
  }
}

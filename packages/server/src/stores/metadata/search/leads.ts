import { sql } from 'kysely';
import type { Session } from '../session.ts';
import type { Lead } from './condition-sql.ts';

/** A lead to more objects than these is not worth following: they are then met soon enough in the order of the list. */
const reach = 4_000;

/** Ids of the few objects that can meet a condition, by its narrowest lead; undefined where each leads to too many. */
export async function followLeads(
  { db }: Session,
  leads: readonly Lead[],
): Promise<{ column: string; ids: number[] } | undefined> {
  let narrowest: { lead: Lead; count: number } | undefined;
  for (const lead of leads) {
    const few = sql`${lead.driver.ids(lead.holds)} limit ${reach + 1}`;
    const { rows } = await sql<{ count: number }>`select count(*) as count from (${few}) as few`.execute(db);
    const count = rows[0]?.count ?? 0;
    if (count <= (narrowest?.count ?? reach)) narrowest = { lead, count };
    if (count === 0) break;
  }
  if (!narrowest) return undefined;
  const { driver, holds } = narrowest.lead;
  const { rows } = await driver.ids(holds).execute(db);
  return { column: driver.column, ids: [...new Set(rows.map(row => row.id))] };
}

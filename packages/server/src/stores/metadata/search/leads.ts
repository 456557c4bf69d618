import { sql } from 'kysely';
import type { Session } from '../session.ts';
import type { Lead } from './field-sources.ts';

/** Fewer than this are looked up sooner than a narrower lead is found. */
const few = 64;

/** Ids of the few objects that can meet a condition, by its narrowest lead; undefined where each leads to too many. */
export async function followLeads(
  { db, reach }: Session,
  leads: readonly Lead[],
): Promise<{ column: string; ids: number[] } | undefined> {
  let narrowest: { lead: Lead; count: number } | undefined;
  for (const lead of leads) {
    const most = narrowest ? narrowest.count - 1 : reach;
    const counted = sql`${lead.ids} limit ${most + 1}`;
    const { rows } = await sql<{ count: number }>`select count(*) as count from (${counted}) as few`.execute(db);
    const count = rows[0]?.count ?? 0;
    if (count <= most) narrowest = { lead, count };
    if (count < few) break;
  }
  if (!narrowest) return undefined;
  const { column, ids } = narrowest.lead;
  const { rows } = await ids.execute(db);
  return { column, ids: [...new Set(rows.map(row => row.id))] };
}

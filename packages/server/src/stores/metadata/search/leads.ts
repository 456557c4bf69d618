import { sql } from 'kysely';
import type { Condition } from '../../../domain/conditions.ts';
import type { Database } from '../schema.ts';
import type { Session } from '../session.ts';
import type { Lead } from './field-sources.ts';

/** So many are looked up sooner than a narrower lead is found. */
export const fewEnough = 256;

/** Objects to look among, and what they are known to meet. */
export interface Few {
  /** of the searching query */
  column: string;
  ids: number[];
  met: Condition | undefined;
}

/** The few objects that can meet a condition, by its narrowest lead; undefined where each leads to too many. */
export async function followLeads(session: Session, leads: readonly Lead[]): Promise<Few | undefined> {
  const narrowest = await narrowestLead(session, leads);
  return narrowest && (await fetchFew(session, narrowest.lead));
}

/** The lead to the fewest objects, and to how many at least; undefined where each leads to too many to look them up. */
export async function narrowestLead(
  { db, reach }: Session,
  leads: readonly Lead[],
): Promise<{ lead: Lead; count: number } | undefined> {
  let narrowest: { lead: Lead; count: number } | undefined;
  for (const most of [Math.min(fewEnough, reach), reach]) {
    for (const lead of leads) {
      const tooMany: number = narrowest?.count ?? most + 1;
      const count = await countUpTo(db, lead, tooMany);
      if (count < tooMany) narrowest = { lead, count };
    }
    if (narrowest || most === reach) break;
  }
  return narrowest;
}

export async function fetchFew({ db }: Session, { column, ids, meets: met }: Lead): Promise<Few> {
  const { rows } = await ids.execute(db);
  return { column, ids: [...new Set(rows.map(row => row.id))], met };
}

async function countUpTo(db: Database, { ids }: Lead, limit: number): Promise<number> {
  const few = sql`${ids} limit ${limit}`;
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${few}) as few`.execute(db);
  return rows[0]?.count ?? 0;
}

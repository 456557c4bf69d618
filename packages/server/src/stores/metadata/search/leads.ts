import { sql } from 'kysely';
import type { Condition } from '../../../domain/conditions.ts';
import type { Database } from '../schema.ts';
import type { Session } from '../session.ts';
import type { Lead } from './field-sources.ts';

/** So many are looked up sooner than a narrower lead is found. */
const few = 256;

/** Objects to look among, and what they are known to meet. */
export interface Few {
  /** of the searching query */
  column: string;
  ids: number[];
  met: Condition | undefined;
}

/** The few objects that can meet a condition, by its narrowest lead; undefined where each leads to too many. */
export async function followLeads({ db, reach }: Session, leads: readonly Lead[]): Promise<Few | undefined> {
  let narrowest: { lead: Lead; count: number } | undefined;
  for (const most of [Math.min(few, reach), reach]) {
    for (const lead of leads) {
      const count = await countUpTo(db, lead, narrowest ? narrowest.count : most + 1);
      if (count < (narrowest?.count ?? most + 1)) narrowest = { lead, count };
    }
    if (narrowest || most === reach) break;
  }
  if (!narrowest) return undefined;
  const { column, ids, meets: met } = narrowest.lead;
  const { rows } = await ids.execute(db);
  return { column, ids: [...new Set(rows.map(row => row.id))], met };
}

async function countUpTo(db: Database, { ids }: Lead, limit: number): Promise<number> {
  const few = sql`${ids} limit ${limit}`;
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${few}) as few`.execute(db);
  return rows[0]?.count ?? 0;
}

import { sql } from 'kysely';
import type { Condition } from '../../../domain/conditions.ts';
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

/** The few objects that can meet a condition, by its narrowest lead; undefined where each leads to too many to look them up. */
export async function followLeads(session: Session, leads: readonly Lead[]): Promise<Few | undefined> {
  const { reach } = session;
  // one alone is the narrowest, however many it leads to
  if (leads.length > 1 && fewEnough < reach) {
    const few = await narrowest(session, leads, fewEnough);
    if (few) return few;
  }
  return leads.length > 0 ? await narrowest(session, leads, reach) : undefined;
}

/** The lead to the fewest, in one statement for all; undefined where each leads to more than `most`. */
async function narrowest({ db, dialect }: Session, leads: readonly Lead[], most: number): Promise<Few | undefined> {
  const each = leads.map(
    ({ ids }, which) => sql`select ${sql.lit(which)} as which, count(*) as count, ${dialect.gather('few.id')} as ids
      from (${ids} limit ${most + 1}) as few`,
  );
  const { rows } = await sql<{ which: number; ids: string | null }>`select which, ids
    from (${sql.join(each, sql` union all `)}) as leads
    where count <= ${most} order by count, which limit 1`.execute(db);
  const [found] = rows;
  const lead = found && leads[found.which];
  if (!lead) return undefined;
  const ids = JSON.parse(found.ids ?? '[]') as number[];
  return { column: lead.column, ids: [...new Set(ids)], met: lead.meets };
}

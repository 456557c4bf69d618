import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '../../domain/conditions.ts';
import type { CollectionFilter, CollectionOrder } from '../../ports/metadata/collections.ts';
import type { Keyset } from './keyset.ts';
import { leadsToNames } from './name-parts.ts';
import { collectionSource } from './search/collection-fields.ts';
import { leadsOf } from './search/condition-sql.ts';
import { type Few, fewEnough, followLeads } from './search/leads.ts';
import { requiredWords } from './search/required-words.ts';
import type { Session } from './session.ts';

/** How all collections that pass a filter are come at. Without either, all of a project are gone through. */
export interface Way {
  /** of any project */
  few?: Few;
  /** All have it; its index has them in the order of the list. */
  tag?: string;
  /** what is known of everything on the way */
  met?: Condition;
}

/** Those that the rows of a tag are in; a change comes with every version, so that no tag follows it. */
const ordersOfTags: ReadonlySet<CollectionOrder> = new Set(['name', '-name', 'created_at', '-created_at']);

/** Few are looked up; along a tag that more have, only as many are read as a page takes. */
export async function wayTo(session: Session, filter: CollectionFilter, order: CollectionOrder): Promise<Way> {
  const { names, tags = [], nameContains, condition } = filter;
  const parts = [
    ...(names ? [isAmong('name', names)] : []),
    ...tags.map(tag => isAmong('tag', [tag])),
    ...(condition ? [condition] : []),
  ];
  const whole: Condition = { kind: 'all', of: parts };
  const leads = [
    ...leadsOf(whole, collectionSource, session.dialect),
    ...(nameContains ? leadsToNames(nameContains) : []),
  ];
  const required = ordersOfTags.has(order) ? requiredWords(whole, 'tag') : [];
  const [first] = required;
  // where nothing else leads anywhere, how many have the tag makes no difference
  if (first && leads.length === 1) return { tag: first.word, met: first.by };
  const few = await followLeads(session, leads);
  const along = few ? required.find(({ by }) => by === few.met) : first;
  if (along && (!few || few.ids.length > fewEnough)) return { tag: along.word, met: along.by };
  return few ? { few, met: few.met } : {};
}

/** The order of a list in the rows of a tag. */
export function alongTag(keyset: Keyset): Keyset {
  const refs: Readonly<Record<string, string>> = { 'c.id': 'tagged.collection_id' };
  const columns = keyset.columns.map(({ ref, holds }) => ({
    ref: refs[ref] ?? ref.replace(/^c\./, 'tagged.'),
    holds,
  }));
  return { ...keyset, columns };
}

/** Whether the rows of the tag tell which collections pass. */
export function isOfTagAlone({ tags = [], names, nameContains, condition }: CollectionFilter, { tag, met }: Way) {
  const isMet = condition === undefined || condition === met;
  return tag !== undefined && isMet && names === undefined && !nameContains && tags.every(one => one === tag);
}

/** Counts in the index, for which a look at the collections would be dear. */
export async function countTagged(
  { db, dialect }: Session,
  tag: string,
  projectIds: number[],
  filter: CollectionFilter,
): Promise<number> {
  const row = await db
    .selectFrom('collection_tags as tagged')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('tagged.tag', '=', tag)
    .where(dialect.among('tagged.project_id', dialect.list(projectIds)))
    .where(isOfKind('tagged', filter))
    .executeTakeFirstOrThrow();
  return row.count;
}

const always = sql<SqlBool>`1 = 1`;

/** What both tables have of a filter. */
export function isOfKind(table: 'c' | 'tagged', { kind, type, exceptInternal }: CollectionFilter): RawBuilder<SqlBool> {
  const its = sql.ref(`${table}.type`);
  const asked = [
    ...(kind === undefined ? [] : [sql<SqlBool>`${sql.ref(`${table}.kind`)} = ${kind}`]),
    ...(type === undefined ? [] : [sql<SqlBool>`${its} = ${type}`]),
    ...(exceptInternal ? [isShown(its)] : []),
  ];
  return asked.length === 0 ? always : sql<SqlBool>`${sql.join(asked, sql` and `)}`;
}

/** The opposite of `isInternalType`, in what lies between those types: `not in` takes twice as long where 20,000 are counted. */
function isShown(type: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${type} > 'job' and ${type} < 'run_table' or ${type} > 'run_table' and ${type} < 'wandb-'
    or ${type} > 'code' and ${type} < 'job' or ${type} < 'code' or ${type} >= 'wandb.')`;
}

function isAmong(field: string, values: string[]): Condition {
  return { kind: 'field', field, test: { operator: 'in', values } };
}

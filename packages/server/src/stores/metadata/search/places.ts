import type { Condition } from '../../../domain/conditions.ts';
import { meets } from '../../../domain/conditions.ts';
import type { Page, PageRequest } from '../../../domain/pages.ts';
import type { FoundPlace } from '../../../ports/metadata/search.ts';
import { listAliasesOfMemberships } from '../alias-table.ts';
import { type MembershipRow, membershipColumns, toMembership } from '../collection-rows.ts';
import { inKeyset, type Keyset, toPage } from '../keyset.ts';
import type { Session } from '../session.ts';
import { listVersionTags } from '../tag-tables.ts';
import { findVersions } from '../version-table.ts';
import { leadsOf, type SqlCondition, toSql } from './condition-sql.ts';
import { countListed } from './count-listed.ts';
import { filteredPage } from './filtered-page.ts';
import { type Few, followLeads } from './leads.ts';
import { asksForRow, versionSource, versionValues } from './version-fields.ts';

const byNumber: Keyset = { columns: [{ ref: 'm.number', holds: 'number' }] };

/** Versions of one collection by their numbers there. */
export async function listPlaces(
  session: Session,
  collectionId: number,
  condition: Condition | undefined,
  page: PageRequest,
  order: 'number' | '-number',
): Promise<Page<FoundPlace>> {
  return await listAmong(session, await fewMeeting(session, condition), collectionId, condition, page, order);
}

/** The same where it is known already whether there are few to look among. */
export async function listAmong(
  session: Session,
  few: Few | undefined,
  collectionId: number,
  condition: Condition | undefined,
  page: PageRequest,
  order: 'number' | '-number',
): Promise<Page<FoundPlace>> {
  const asked = toSql(condition, versionSource, session.dialect, { met: few?.met });
  const keyset = { ...byNumber, descending: order === '-number' };
  const read = async (part: PageRequest) => {
    const query = selectPlaces(session, condition, asked, few).where('m.collection_id', '=', collectionId);
    const rows = await inKeyset(query, keyset, part).execute();
    const found = toPage(
      rows,
      part,
      row => row,
      row => [row.number],
    );
    return { ...found, items: await withVersions(session, found.items) };
  };
  return await filteredPage(
    page,
    asked.exact,
    read,
    items => meeting(session, items, condition),
    ({ membership }) => [membership.number],
  );
}

export async function countPlaces(session: Session, collectionId: number, condition: Condition): Promise<number> {
  const few = await fewMeeting(session, condition);
  const asked = toSql(condition, versionSource, session.dialect, { met: few?.met });
  if (asked.exact) {
    const row = await session.db
      .selectFrom(selectPlaces(session, condition, asked, few).where('m.collection_id', '=', collectionId).as('found'))
      .select(eb => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  }
  return await countListed(page => listAmong(session, few, collectionId, condition, page, 'number'));
}

/** The few versions among which are all that meet a condition; undefined where the database knows no such few. */
export async function fewMeeting(session: Session, condition: Condition | undefined): Promise<Few | undefined> {
  return condition && (await followLeads(session, leadsOf(condition, versionSource, session.dialect)));
}

/** Places as far as the database can tell that they meet a condition. */
export function selectPlaces(
  { db, dialect }: Session,
  condition: Condition | undefined,
  asked: SqlCondition,
  few?: Few,
) {
  const places = db.selectFrom('memberships as m').select(membershipColumns).where('m.deleted_at', 'is', null);
  const joined = places.innerJoin('versions as v', 'v.id', 'm.version_id');
  // it only knows one table less, which nobody else asks for
  let query = condition && asksForRow(condition) ? joined : (places as unknown as typeof joined);
  if (few) query = query.where(dialect.among(few.column, dialect.list(few.ids)));
  if (asked.where) query = query.where(asked.where);
  return query;
}

export async function withVersions(session: Session, rows: readonly MembershipRow[]): Promise<FoundPlace[]> {
  const versions = await findVersions(
    session,
    rows.map(row => row.version_id),
  );
  const byId = new Map(versions.map(version => [version.id, version]));
  return rows.flatMap(row => {
    const version = byId.get(row.version_id);
    return version ? [{ membership: toMembership(row), version }] : [];
  });
}

/** Those of the places that meet a condition; what it may ask for is loaded for all of them at once. */
export async function meeting<T extends FoundPlace>(
  session: Session,
  found: T[],
  condition: Condition | undefined,
): Promise<T[]> {
  if (!condition || found.length === 0) return found;
  const tags = Map.groupBy(
    await listVersionTags(
      session,
      found.map(({ version }) => version.id),
    ),
    ({ versionId }) => versionId,
  );
  const aliases = Map.groupBy(
    await listAliasesOfMemberships(
      session,
      found.map(({ membership }) => membership.id),
    ),
    ({ membershipId }) => membershipId,
  );
  return found.filter(({ membership, version }) => {
    const words = {
      tags: (tags.get(version.id) ?? []).map(({ tag }) => tag),
      aliases: (aliases.get(membership.id) ?? []).map(({ alias }) => alias),
    };
    return meets(condition, versionValues({ membership, version, ...words }));
  });
}

import { type SqlBool, sql } from 'kysely';
import type { Collection } from '../../../domain/collections.ts';
import type { Condition } from '../../../domain/conditions.ts';
import type { Page, PageRequest, Position } from '../../../domain/pages.ts';
import type { FoundPlace, PlaceSearch } from '../../../ports/metadata/search.ts';
import { findCollections, listAlong } from '../collection-list.ts';
import type { MembershipRow } from '../collection-rows.ts';
import { wayTo } from '../collection-ways.ts';
import { inKeyset, type Keyset, requirePosition, toPage } from '../keyset.ts';
import type { Session } from '../session.ts';
import { collectionSource } from './collection-fields.ts';
import { collectionsMeeting } from './collections-meeting.ts';
import { type SqlCondition, toSql } from './condition-sql.ts';
import { filteredPage } from './filtered-page.ts';
import type { Few } from './leads.ts';
import { fewMeeting, listAmong, meeting, selectPlaces, withVersions } from './places.ts';
import { requiredWords } from './required-words.ts';
import { versionSource } from './version-fields.ts';

type FoundInCollection = FoundPlace & { collection: Collection };

/** Collections whose versions are asked for at once, and the number of versions that makes one be asked alone. */
const collectionsAtOnce = 200;
const placesAtOnce = 2_000;

const inRegistries: Keyset = {
  columns: [
    { ref: 'c.created_at', holds: 'number' },
    { ref: 'c.id', holds: 'number' },
    { ref: 'm.number', holds: 'number' },
  ],
  descending: true,
};

/**
 * Where a condition leads to few versions, those are looked up and put in order. Otherwise enough of them are met by going
 * through the collections in order.
 */
export async function searchPlaces(
  session: Session,
  search: PlaceSearch,
  page: PageRequest,
): Promise<Page<FoundInCollection>> {
  const few = await fewMeeting(session, search.versions);
  if (few) return await asSelected(session, search, asked => [amongFew(session, search, asked, few)], page, few.met);
  const [required] = search.versions ? requiredWords(search.versions, 'alias') : [];
  if (!required) return await throughCollections(session, search, page);
  const along = (asked: SqlCondition) =>
    search.projectIds.map(projectId => alongAlias(session, search, asked, projectId, required.word));
  return await asSelected(session, search, along, page, required.by);
}

type InRegistriesQuery = ReturnType<typeof amongFew>;
type InRegistriesRow = MembershipRow & { collection_created_at: number };

/** A page of what queries find, whose rows stand in the order of the registries; each is asked for a page. */
async function asSelected(
  session: Session,
  { collections, versions }: PlaceSearch,
  select: (asked: SqlCondition) => InRegistriesQuery[],
  page: PageRequest,
  met?: Condition,
): Promise<Page<FoundInCollection>> {
  const { dialect } = session;
  const asked = toSql(versions, versionSource, dialect, { met });
  const ofCollection = toSql(collections, collectionSource, dialect, { walked: 'c.created_at' });
  const read = async (part: PageRequest) => {
    const rows: InRegistriesRow[] = [];
    const queries = select(asked);
    for (const selected of queries) {
      const query = ofCollection.where ? selected.where(ofCollection.where) : selected;
      rows.push(...(await inKeyset(query, inRegistries, part).execute()));
    }
    if (queries.length > 1) rows.sort(newestFirst);
    const found = toPage(
      rows,
      part,
      row => row,
      row => [row.collection_created_at, row.collection_id, row.number],
    );
    return { ...found, items: await withCollections(session, await withVersions(session, found.items)) };
  };
  const keep = async (items: FoundInCollection[]) => {
    const left = await meeting(session, items, versions);
    const homes = new Set(
      await collectionsMeeting(
        session,
        left.map(({ collection }) => collection),
        collections,
      ),
    );
    return left.filter(({ collection }) => homes.has(collection));
  };
  return await filteredPage(page, asked.exact && ofCollection.exact, read, keep, inRegistriesAt);
}

function newestFirst(a: InRegistriesRow, b: InRegistriesRow): number {
  return b.collection_created_at - a.collection_created_at || b.collection_id - a.collection_id || b.number - a.number;
}

function amongFew(session: Session, search: PlaceSearch, asked: SqlCondition, few: Few) {
  const { dialect } = session;
  return selectPlaces(session, search.versions, asked, few)
    .innerJoin('collections as c', 'c.id', 'm.collection_id')
    .select('c.created_at as collection_created_at')
    .where(dialect.among('c.project_id', dialect.list(search.projectIds)))
    .where('c.kind', '=', search.kind)
    .where('c.deleted_at', 'is', null);
}

/** Goes through the collections of a project in order, to the one version in each that has the alias. */
function alongAlias(
  session: Session,
  search: PlaceSearch,
  asked: SqlCondition,
  projectId: number,
  alias: string,
): InRegistriesQuery {
  const query = selectPlaces(session, search.versions, asked)
    .innerJoin('aliases as a', 'a.membership_id', 'm.id')
    .innerJoin('collections as c', 'c.id', 'a.collection_id')
    .select('c.created_at as collection_created_at')
    .where('c.project_id', '=', projectId)
    .where('c.kind', '=', search.kind)
    .where('c.deleted_at', 'is', null)
    .where(sql<SqlBool>`${session.dialect.unindexed('a.alias')} = ${alias}`);
  // it only knows one table more, which nobody asks for
  return query as unknown as InRegistriesQuery;
}

/** Nothing leads to few of the versions. */
async function throughCollections(
  session: Session,
  { projectIds, kind, collections: condition, versions }: PlaceSearch,
  page: PageRequest,
): Promise<Page<FoundInCollection>> {
  const found: FoundInCollection[] = [];
  const wanted = page.limit + 1;
  const [createdAt, collectionId, number] = page.after ? requirePosition(page.after, inRegistries) : [];
  const filter = { kind, ...(condition && { condition }) };
  const way = await wayTo(session, filter, '-created_at');
  // the collection in which the last page ended goes on first
  if (collectionId !== undefined && number !== undefined) {
    const [home] = await findCollections(session, [Number(collectionId)]);
    const part = { limit: wanted, after: [number] };
    const rest = home && (await listAmong(session, undefined, home.id, versions, part, '-number'));
    if (home && rest) found.push(...rest.items.map(place => ({ ...place, collection: home })));
  }
  let after: Position | undefined = page.after && [createdAt ?? 0, collectionId ?? 0];
  while (found.length < wanted) {
    const part = { limit: collectionsAtOnce, after };
    const homes = await listAlong(session, way, projectIds, filter, '-created_at', part);
    for (const group of await groupsOf(session, homes.items)) {
      found.push(...(await placesIn(session, group, versions, wanted - found.length)));
      if (found.length >= wanted) break;
    }
    after = homes.next;
    if (!after) break;
  }
  const items = found.slice(0, page.limit);
  const last = items.at(-1);
  return found.length > page.limit && last ? { items, next: inRegistriesAt(last) } : { items };
}

/** Collections in their order, in groups of not too many versions; one with more stands alone. */
async function groupsOf({ db, dialect }: Session, homes: readonly Collection[]): Promise<Collection[][]> {
  const counts = await db
    .selectFrom('collections')
    .select(['id', 'place_count'])
    .where(dialect.among('id', dialect.list(homes.map(({ id }) => id))))
    .execute();
  const countOf = new Map(counts.map(row => [row.id, row.place_count]));
  const groups: Collection[][] = [];
  let room = 0;
  for (const home of homes) {
    const count = countOf.get(home.id) ?? 0;
    if (count > room) {
      groups.push([]);
      room = placesAtOnce;
    }
    groups.at(-1)?.push(home);
    room -= count;
  }
  return groups;
}

/** At most `wanted` versions of a group of collections, in its order. */
async function placesIn(
  session: Session,
  group: readonly Collection[],
  condition: Condition | undefined,
  wanted: number,
): Promise<FoundInCollection[]> {
  const [only, ...more] = group;
  if (!only) return [];
  if (more.length === 0) {
    const page = await listAmong(session, undefined, only.id, condition, { limit: wanted }, '-number');
    return page.items.map(place => ({ ...place, collection: only }));
  }
  const { dialect } = session;
  const asked = toSql(condition, versionSource, dialect);
  let query = selectPlaces(session, condition, asked)
    .where(dialect.among('m.collection_id', dialect.list(group.map(({ id }) => id))))
    // for a join PostgreSQL would read all collections there are
    .orderBy(sql`(select c.created_at from collections as c where c.id = m.collection_id)`, 'desc')
    .orderBy('m.collection_id', 'desc')
    .orderBy('m.number', 'desc');
  if (asked.exact) query = query.limit(wanted);
  const found = await meeting(
    session,
    await withVersions(session, await query.execute()),
    asked.exact ? undefined : condition,
  );
  const homes = new Map(group.map(home => [home.id, home]));
  return found.slice(0, wanted).flatMap(place => {
    const collection = homes.get(place.membership.collectionId);
    return collection ? [{ ...place, collection }] : [];
  });
}

async function withCollections(session: Session, found: readonly FoundPlace[]): Promise<FoundInCollection[]> {
  const homes = await findCollections(session, [...new Set(found.map(({ membership }) => membership.collectionId))]);
  const byId = new Map(homes.map(home => [home.id, home]));
  return found.flatMap(place => {
    const collection = byId.get(place.membership.collectionId);
    return collection ? [{ ...place, collection }] : [];
  });
}

function inRegistriesAt({ collection, membership }: FoundInCollection): Position {
  return [collection.createdAt, collection.id, membership.number];
}

import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Collection } from '../../domain/collections.ts';
import { comparePaths } from '../../domain/manifests.ts';
import type { Page, PageRequest, Position } from '../../domain/pages.ts';
import type { CollectionFilter, CollectionOrder } from '../../ports/metadata/collections.ts';
import { type CollectionRow, collectionColumns, toCollection } from './collection-rows.ts';
import { alongTag, countTagged, isOfKind, isOfTagAlone, type Way, wayTo } from './collection-ways.ts';
import { containsText } from './contains-text.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Database, Schema } from './schema.ts';
import { collectionSource } from './search/collection-fields.ts';
import { collectionsMeeting } from './search/collections-meeting.ts';
import { type SqlCondition, toSql } from './search/condition-sql.ts';
import { countListed } from './search/count-listed.ts';
import { filteredPage } from './search/filtered-page.ts';
import type { Session } from './session.ts';

const name = { ref: 'c.name', holds: 'string' } as const;
const createdAt = { ref: 'c.created_at', holds: 'number' } as const;
const updatedAt = { ref: 'c.updated_at', holds: 'number' } as const;
const id = { ref: 'c.id', holds: 'number' } as const;

const orders: Record<CollectionOrder, Keyset & { value: 'name' | 'created_at' | 'updated_at' }> = {
  name: { value: 'name', columns: [name, id] },
  '-name': { value: 'name', columns: [name, id], descending: true },
  created_at: { value: 'created_at', columns: [createdAt, id] },
  '-created_at': { value: 'created_at', columns: [createdAt, id], descending: true },
  updated_at: { value: 'updated_at', columns: [updatedAt, id] },
  '-updated_at': { value: 'updated_at', columns: [updatedAt, id], descending: true },
};

/**
 * One page of the collections of several projects. Each project is read in the order of its own index and the pages
 * are merged here: one query over all of them would sort everything they hold for every page.
 */
export async function listCollections(
  session: Session,
  projectIds: number[],
  filter: CollectionFilter,
  order: CollectionOrder,
  page: PageRequest,
): Promise<Page<Collection>> {
  return await listAlong(session, await wayTo(session, filter, order), projectIds, filter, order, page);
}

/** The same where it is known already how to come at them, as for a list that is read to its end. */
export async function listAlong(
  session: Session,
  way: Way,
  projectIds: number[],
  filter: CollectionFilter,
  order: CollectionOrder,
  page: PageRequest,
): Promise<Page<Collection>> {
  const keyset = orders[order];
  const position = (row: CollectionRow): Position => [row[keyset.value], row.id];
  const { condition } = filter;
  const given = { walked: `c.${keyset.value}`, met: way.met };
  const asked = toSql(condition, collectionSource, session.dialect, given);
  const walked = way.tag === undefined ? keyset : alongTag(keyset);
  const read = async (part: PageRequest) => {
    const rows: CollectionRow[] = [];
    for (const projectId of new Set(projectIds)) {
      const query = filtered(session, filter, asked, way).select(collectionColumns);
      const inProject = query.where(sql<SqlBool>`${projectColumn(session, way)} = ${projectId}`);
      rows.push(...(await inKeyset(inProject, walked, part).execute()));
    }
    if (projectIds.length > 1) {
      const sign = keyset.descending ? -1 : 1;
      rows.sort((a, b) => sign * comparePositions(position(a), position(b)));
    }
    return toPage(rows, part, toCollection, position);
  };
  const keep = (found: Collection[]) => collectionsMeeting(session, found, condition);
  return await filteredPage(page, asked.exact, read, keep, one => [valueIn[keyset.value](one), one.id]);
}

const valueIn = {
  name: ({ name }: Collection) => name,
  created_at: ({ createdAt }: Collection) => createdAt,
  updated_at: ({ updatedAt }: Collection) => updatedAt,
};

export function selectCollections(db: Database) {
  return db.selectFrom('collections as c').select(collectionColumns).where('c.deleted_at', 'is', null);
}

const collectionsById = new PreparedQuery<{ ids: unknown }, CollectionRow>((db, value, dialect) =>
  selectCollections(db).where(dialect.among('c.id', value('ids'))),
);

export async function findCollections(session: Session, ids: number[]): Promise<Collection[]> {
  const rows = await collectionsById.all(session, { ids: session.dialect.list(ids) });
  return rows.map(toCollection);
}

export async function countCollections(
  session: Session,
  projectIds: number[],
  filter: CollectionFilter,
): Promise<number> {
  const { dialect } = session;
  const way = await wayTo(session, filter, 'created_at');
  if (way.tag !== undefined && isOfTagAlone(filter, way))
    return await countTagged(session, way.tag, projectIds, filter);
  const asked = toSql(filter.condition, collectionSource, dialect, { met: way.met });
  if (!asked.exact) return await countListed(page => listAlong(session, way, projectIds, filter, 'created_at', page));
  const row = await filtered(session, filter, asked, way)
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where(dialect.among(projectColumn(session, way), dialect.list(projectIds)))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Few are looked up, and a tag has its own index of the project: another one would lead past all there are. */
function projectColumn({ dialect }: Session, { few, tag }: Way): RawBuilder<unknown> {
  if (tag !== undefined) return sql.ref('tagged.project_id');
  return few ? dialect.unindexed('c.project_id') : sql.ref('c.project_id');
}

type Collections = SelectQueryBuilder<Schema & { c: Schema['collections'] }, 'c', object>;

function filtered(
  session: Session,
  filter: CollectionFilter,
  asked: SqlCondition,
  { few, tag: along }: Way,
): Collections {
  const { db, dialect } = session;
  const { tags, nameContains, names } = filter;
  let query: Collections = db.selectFrom('collections as c').where('c.deleted_at', 'is', null);
  if (along !== undefined) {
    const tagged = query.innerJoin('collection_tags as tagged', 'tagged.collection_id', 'c.id');
    // it only knows one table more, which nobody else asks for
    query = tagged.where('tagged.tag', '=', along) as unknown as Collections;
  }
  if (few) query = query.where(dialect.among('c.id', dialect.list(few.ids)));
  query = query.where(isOfKind('c', filter));
  if (names !== undefined) query = query.where(dialect.among('c.name', dialect.list(names)));
  if (nameContains) query = query.where(containsText('c.search_name', nameContains));
  if (asked.where) query = query.where(asked.where);
  for (const tag of new Set(tags)) {
    if (tag === along) continue;
    query = query.where(eb =>
      eb.exists(
        eb
          .selectFrom('collection_tags as t')
          .select(sql<number>`1`.as('one'))
          .whereRef('t.collection_id', '=', 'c.id')
          .where('t.tag', '=', tag),
      ),
    );
  }
  return query;
}

/** The order the database keeps: numbers by value, text by its UTF-8 bytes. */
function comparePositions(a: Position, b: Position): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? 0;
    const difference =
      typeof left === 'string' && typeof right === 'string' ? comparePaths(left, right) : Number(left) - Number(right);
    if (difference !== 0) return difference;
  }
  return 0;
}

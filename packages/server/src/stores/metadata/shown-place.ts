import { sql } from 'kysely';
import { comparePaths } from '../../domain/manifests.ts';
import type { PlaceInCollection, ShownPlace } from '../../ports/metadata/collections.ts';
import { type CollectionRow, toCollection } from './collection-rows.ts';
import { type PlaceRow, selectPlaces, toPlace } from './place-lookups.ts';
import { PreparedQuery } from './prepared-query.ts';
import { toProject } from './project-rows.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';

// One version with everything that is shown beside it, in one statement: what a deployment asks all day.

type Of<Prefix extends string, Row> = { [Column in keyof Row & string as `${Prefix}_${Column}`]: Row[Column] };

interface ShownRow extends PlaceRow, Of<'c', CollectionRow>, Of<'s', CollectionRow> {
  home_entity_id: number;
  home_entity_name: string;
  home_entity_kind: string;
  home_organization_id: number | null;
  home_name: string;
  home_description: string | null;
  home_access: string;
  home_allow_all_types: number;
  home_created_by: number | null;
  home_created_at: number;
  home_updated_at: number;
  /** null where the artifact is gone */
  home_found: number | null;
  username: string | null;
  aliases_json: string | null;
  tags_json: string | null;
}

const columns = ['id', 'project_id', 'kind', 'name', 'type', 'description', 'created_by', 'created_at'] as const;
const ofCollection = [...columns, 'updated_at'] as const;
const ofProject = ['description', 'access', 'allow_all_types', 'created_by', 'created_at', 'updated_at'] as const;

function selectShown(db: Database, gather: (column: string) => ReturnType<typeof sql>) {
  return selectPlaces(db)
    .innerJoin('collections as c', 'c.id', 'm.collection_id')
    .leftJoin('collections as s', join => join.onRef('s.id', '=', 'v.collection_id').on('s.deleted_at', 'is', null))
    .leftJoin('projects as p', join => join.onRef('p.id', '=', 's.project_id').on('p.deleted_at', 'is', null))
    .leftJoin('entities as e', 'e.id', 'p.entity_id')
    .leftJoin('entities as u', join => join.onRef('u.id', '=', 'v.created_by').on('u.deleted_at', 'is', null))
    .select(ofCollection.map(column => `c.${column} as c_${column}` as const))
    .select(ofCollection.map(column => `s.${column} as s_${column}` as const))
    .select(ofProject.map(column => `p.${column} as home_${column}` as const))
    .select(['p.id as home_found', 'p.name as home_name', 'p.entity_id as home_entity_id', 'u.name as username'])
    .select(['e.name as home_entity_name', 'e.kind as home_entity_kind', 'e.organization_id as home_organization_id'])
    .select(sql<string>`(select ${gather('alias')} from aliases where membership_id = m.id)`.as('aliases_json'))
    .select(sql<string>`(select ${gather('tag')} from version_tags where version_id = v.id)`.as('tags_json'))
    .where('c.deleted_at', 'is', null);
}

type Asked = Omit<PlaceInCollection, 'selector'>;

const shownByNumber = new PreparedQuery<Asked & { number: number }, ShownRow>(
  (db, value, { gather }) =>
    selectShown(db, gather)
      .where('c.project_id', '=', value('projectId'))
      .where('c.name', '=', value('name'))
      .where('m.number', '=', value('number')) as never,
);

const shownByAlias = new PreparedQuery<Asked & { alias: string }, ShownRow>(
  (db, value, { gather }) =>
    selectShown(db, gather)
      .innerJoin('aliases as a', 'a.membership_id', 'm.id')
      .where('c.project_id', '=', value('projectId'))
      .where('c.name', '=', value('name'))
      .whereRef('a.collection_id', '=', 'c.id')
      .where('a.alias', '=', value('alias')) as never,
);

export async function findShownPlace(
  session: Session,
  { projectId, name, selector }: PlaceInCollection,
): Promise<ShownPlace | undefined> {
  const row =
    selector.kind === 'number'
      ? await shownByNumber.first(session, { projectId, name, number: selector.number })
      : await shownByAlias.first(session, { projectId, name, alias: selector.alias });
  if (!row) return undefined;
  return {
    ...toPlace(row),
    collection: toCollection(collectionOf(row, 'c')),
    source:
      row.home_found === null ? undefined : { collection: toCollection(collectionOf(row, 's')), project: homeOf(row) },
    aliases: words(row.aliases_json),
    tags: words(row.tags_json),
    username: row.username,
  };
}

function collectionOf(row: ShownRow, prefix: 'c' | 's'): CollectionRow {
  return Object.fromEntries(
    ofCollection.map(column => [column, row[`${prefix}_${column}`]]),
  ) as unknown as CollectionRow;
}

function homeOf(row: ShownRow) {
  return toProject({
    id: row.s_project_id,
    entity_id: row.home_entity_id,
    entity_name: row.home_entity_name,
    entity_kind: row.home_entity_kind,
    organization_id: row.home_organization_id,
    name: row.home_name,
    description: row.home_description,
    access: row.home_access,
    allow_all_types: row.home_allow_all_types,
    created_by: row.home_created_by,
    created_at: row.home_created_at,
    updated_at: row.home_updated_at,
  });
}

function words(json: string | null): string[] {
  return (JSON.parse(json ?? '[]') as string[]).sort(comparePaths);
}

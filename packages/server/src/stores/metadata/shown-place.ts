import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Selector } from '../../domain/addresses.ts';
import type { Collection } from '../../domain/collections.ts';
import { comparePaths } from '../../domain/manifests.ts';
import type { Project } from '../../domain/projects.ts';
import type { NamedPlace, PlaceInCollection, ShownPlace } from '../../ports/metadata/collections.ts';
import { type CollectionRow, toCollection } from './collection-rows.ts';
import type { SqlDialect } from './dialect.ts';
import { type PlaceRow, toPlace } from './place-lookups.ts';
import { PreparedQuery } from './prepared-query.ts';
import { type ProjectRow, toProject } from './project-rows.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';
import { versionKeys } from './version-rows.ts';

// One version with everything that is shown beside it, in one statement: what a deployment asks all day.

// All of it comes as JSON: each of seventy columns would cost the driver more to read than PostgreSQL to find.

interface ShownRow {
  place_json: string;
  collection_json: string;
  source_json: string;
  /** with null for its id where the artifact is gone */
  home_json: string;
  username: string | null;
  aliases_json: string | null;
  tags_json: string | null;
}

interface NamedRow extends ShownRow {
  /** of the collection */
  project_json: string;
  /** organizations that go by the name that was given */
  namesakes: number;
}

const placeColumns: Record<keyof PlaceRow, string> = {
  ...columnsOf('v', versionKeys),
  place_id: 'm.id',
  place_collection_id: 'm.collection_id',
  place_number: 'm.number',
  place_created_by: 'm.created_by',
  place_created_at: 'm.created_at',
};
const collectionKeys = [
  ...(['id', 'project_id', 'kind', 'name', 'type', 'description', 'created_by', 'created_at'] as const),
  'updated_at',
] as const satisfies (keyof CollectionRow)[];
const projectKeys = [
  ...(['id', 'entity_id', 'name', 'description', 'access', 'allow_all_types', 'created_by', 'created_at'] as const),
  'updated_at',
] as const satisfies (keyof ProjectRow)[];

function projectColumns(table: string, owner: string): Record<keyof ProjectRow, string> {
  return {
    ...columnsOf(table, projectKeys),
    entity_name: `${owner}.name`,
    entity_kind: `${owner}.kind`,
    organization_id: `${owner}.organization_id`,
  };
}

function columnsOf<Key extends string>(table: string, keys: readonly Key[]): Record<Key, string> {
  return Object.fromEntries(keys.map(key => [key, `${table}.${key}`])) as Record<Key, string>;
}

type Value = number | string;
type Start = ReturnType<typeof collectionIn>;
type Place = ReturnType<typeof numbered>;

// What leads to the version is joined before what is shown beside it: PostgreSQL weighs the order of eight tables only.

const collectionIn = (db: Database, projectId: number, name: string) =>
  db.selectFrom('collections as c').where('c.project_id', '=', projectId).where('c.name', '=', name);

const collectionOf = (db: Database, project: string, name: string) =>
  db
    .selectFrom('entities as o')
    .innerJoin('projects as h', 'h.entity_id', 'o.id')
    .innerJoin('collections as c', 'c.project_id', 'h.id')
    .where('o.deleted_at', 'is', null)
    .where('h.name', '=', project)
    .where('h.deleted_at', 'is', null)
    .where('c.name', '=', name);

const numbered = (start: Start, number: Value) =>
  start.innerJoin('memberships as m', 'm.collection_id', 'c.id').where('m.number', '=', number as number);

const aliased = (start: Start, alias: Value) =>
  start
    .innerJoin('aliases as a', 'a.collection_id', 'c.id')
    .innerJoin('memberships as m', 'm.id', 'a.membership_id')
    .where('a.alias', '=', alias as string) as unknown as Place;

function selectShown(place: Place, { gather, object }: SqlDialect) {
  return place
    .innerJoin('versions as v', 'v.id', 'm.version_id')
    .leftJoin('collections as s', join => join.onRef('s.id', '=', 'v.collection_id').on('s.deleted_at', 'is', null))
    .leftJoin('projects as p', join => join.onRef('p.id', '=', 's.project_id').on('p.deleted_at', 'is', null))
    .leftJoin('entities as e', 'e.id', 'p.entity_id')
    .leftJoin('entities as u', join => join.onRef('u.id', '=', 'v.created_by').on('u.deleted_at', 'is', null))
    .select('u.name as username')
    .select(object(placeColumns).as('place_json'))
    .select(object(columnsOf('c', collectionKeys)).as('collection_json'))
    .select(object(columnsOf('s', collectionKeys)).as('source_json'))
    .select(object(projectColumns('p', 'e')).as('home_json'))
    .select(sql<string>`(select ${gather('alias')} from aliases where membership_id = m.id)`.as('aliases_json'))
    .select(sql<string>`(select ${gather('tag')} from version_tags where version_id = v.id)`.as('tags_json'))
    .where('m.deleted_at', 'is', null)
    .where('c.deleted_at', 'is', null);
}

/** The same with the project that led there. */
function selectNamed(place: Place, dialect: SqlDialect, namesakes: RawBuilder<number>) {
  return selectShown(place, dialect)
    .select(dialect.object(projectColumns('h', 'o')).as('project_json'))
    .select(namesakes.as('namesakes'));
}

type Build<P> = (
  select: (start: Start) => Place,
  value: <K extends keyof P>(name: K) => P[K],
  db: Database,
  dialect: SqlDialect,
) => unknown;

/** One for each way to point at a version. */
function bySelector<P extends object, R>(build: Build<P>) {
  const prepare = (select: (start: Start, selected: Value) => Place) =>
    new PreparedQuery<P & { selected: Value }, R>(
      (db, value, dialect) =>
        build(start => select(start, value('selected')), value as never, db, dialect) as Compilable<R>,
    );
  return { number: prepare(numbered), alias: prepare(aliased) };
}

const inProject = bySelector<Omit<PlaceInCollection, 'selector'>, ShownRow>((select, value, db, dialect) =>
  selectShown(select(collectionIn(db, value('projectId'), value('name'))), dialect),
);

type Names = Pick<NamedPlace, 'owner' | 'project' | 'name'>;

const ofOwner = bySelector<Names, NamedRow>((select, value, db, dialect) => {
  const start = collectionOf(db, value('project'), value('name')).where('o.name', '=', value('owner'));
  return selectNamed(select(start as unknown as Start), dialect, sql.lit(1));
});

const ofOrganization = bySelector<Names, NamedRow>((select, value, db, dialect) => {
  const start = collectionOf(db, value('project'), value('name'))
    .where('o.kind', '=', sql.lit('organization'))
    .where(eb => eb.or([eb('o.name', '=', value('owner')), eb('o.display_name', '=', value('owner'))]));
  const namesakes = sql<number>`(select count(*) from entities where kind = 'organization' and deleted_at is null
    and (name = ${value('owner')} or display_name = ${value('owner')}))`;
  return selectNamed(select(start as unknown as Start), dialect, namesakes);
});

export async function findShownPlace(
  session: Session,
  { projectId, name, selector }: PlaceInCollection,
): Promise<ShownPlace | undefined> {
  const row = await inProject[selector.kind].first(session, { projectId, name, selected: selectedBy(selector) });
  return row && toShown(row);
}

export async function findNamedPlace(
  session: Session,
  { owner, inRegistry, project, name, selector }: NamedPlace,
): Promise<(ShownPlace & { project: Project }) | undefined> {
  const queries = inRegistry ? ofOrganization : ofOwner;
  const row = await queries[selector.kind].first(session, { owner, project, name, selected: selectedBy(selector) });
  return row?.namesakes === 1 ? { ...toShown(row), project: projectFrom(row.project_json) } : undefined;
}

function selectedBy(selector: Selector): Value {
  return selector.kind === 'number' ? selector.number : selector.alias;
}

function toShown(row: ShownRow): ShownPlace {
  const project = projectFrom(row.home_json);
  return {
    ...toPlace(JSON.parse(row.place_json) as PlaceRow),
    collection: collectionFrom(row.collection_json),
    source: project.id === null ? undefined : { collection: collectionFrom(row.source_json), project },
    aliases: words(row.aliases_json),
    tags: words(row.tags_json),
    username: row.username,
  };
}

function collectionFrom(json: string): Collection {
  return toCollection(JSON.parse(json) as CollectionRow);
}

function projectFrom(json: string): Project {
  return toProject(JSON.parse(json) as ProjectRow);
}

function words(json: string | null): string[] {
  return (JSON.parse(json ?? '[]') as string[]).sort(comparePaths);
}

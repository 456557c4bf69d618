import { sql } from 'kysely';
import type { Collection } from '../../domain/collections.ts';
import { comparePaths } from '../../domain/manifests.ts';
import type { Project } from '../../domain/projects.ts';
import type { FoundPlace } from '../../ports/metadata/search.ts';
import { type CollectionRow, collectionColumns, toCollection } from './collection-rows.ts';
import { PreparedQuery } from './prepared-query.ts';
import { type ProjectRow, toProject } from './project-rows.ts';
import type { Database, VersionsTable } from './schema.ts';
import type { Session } from './session.ts';
import { toVersion } from './version-rows.ts';

// One place at a time, each with one statement: what a deployment asks all day.

export interface PlaceRow extends VersionsTable {
  place_id: number;
  place_collection_id: number;
  place_number: number;
  place_created_by: number | null;
  place_created_at: number;
}

export function selectPlaces(db: Database) {
  return db
    .selectFrom('memberships as m')
    .innerJoin('versions as v', 'v.id', 'm.version_id')
    .selectAll('v')
    .select(['m.id as place_id', 'm.collection_id as place_collection_id', 'm.number as place_number'])
    .select(['m.created_by as place_created_by', 'm.created_at as place_created_at'])
    .where('m.deleted_at', 'is', null);
}

const placeByNumber = new PreparedQuery<{ collectionId: number; number: number }, PlaceRow>((db, value) =>
  selectPlaces(db).where('m.collection_id', '=', value('collectionId')).where('m.number', '=', value('number')),
);

const placeByAlias = new PreparedQuery<{ collectionId: number; alias: string }, PlaceRow>((db, value) =>
  selectPlaces(db)
    .innerJoin('aliases as a', 'a.membership_id', 'm.id')
    .where('a.collection_id', '=', value('collectionId'))
    .where('a.alias', '=', value('alias')),
);

const beside = new PreparedQuery<
  { membershipId: number; versionId: number; userId: number | null },
  { kind: string; word: string }
>((db, value) =>
  db
    .selectFrom('aliases')
    .select([sql<string>`'alias'`.as('kind'), 'alias as word'])
    .where('membership_id', '=', value('membershipId'))
    .unionAll(
      db
        .selectFrom('version_tags')
        .select([sql<string>`'tag'`.as('kind'), 'tag as word'])
        .where('version_id', '=', value('versionId')),
    )
    .unionAll(
      db
        .selectFrom('entities')
        .select([sql<string>`'user'`.as('kind'), 'name as word'])
        .where('id', '=', value('userId'))
        .where('deleted_at', 'is', null),
    ),
);

const atHome = new PreparedQuery<{ id: number }, CollectionRow & HomeRow>((db, value) =>
  db
    .selectFrom('collections as c')
    .innerJoin('projects as p', 'p.id', 'c.project_id')
    .innerJoin('entities as e', 'e.id', 'p.entity_id')
    .select(collectionColumns)
    .select(['p.entity_id', 'e.name as entity_name', 'e.kind as entity_kind', 'e.organization_id'])
    .select(['p.name as home_name', 'p.description as home_description', 'p.access', 'p.allow_all_types'])
    .select(['p.created_by as home_created_by', 'p.created_at as home_created_at', 'p.updated_at as home_updated_at'])
    .where('c.id', '=', value('id'))
    .where('c.deleted_at', 'is', null)
    .where('p.deleted_at', 'is', null),
);

interface HomeRow extends Pick<ProjectRow, 'entity_id' | 'entity_name' | 'entity_kind' | 'organization_id'> {
  home_name: string;
  home_description: string | null;
  access: string;
  allow_all_types: number;
  home_created_by: number | null;
  home_created_at: number;
  home_updated_at: number;
}

export async function findPlaceByNumber(
  session: Session,
  collectionId: number,
  number: number,
): Promise<FoundPlace | undefined> {
  const row = await placeByNumber.first(session, { collectionId, number });
  return row && toPlace(row);
}

export async function findPlaceByAlias(
  session: Session,
  collectionId: number,
  alias: string,
): Promise<FoundPlace | undefined> {
  const row = await placeByAlias.first(session, { collectionId, alias });
  return row && toPlace(row);
}

export async function findBeside(
  session: Session,
  place: { membershipId: number; versionId: number; userId: number | null },
): Promise<{ aliases: string[]; tags: string[]; username: string | null }> {
  const rows = await beside.all(session, place);
  const words = (kind: string) => rows.filter(row => row.kind === kind).map(({ word }) => word);
  return {
    aliases: words('alias').sort(comparePaths),
    tags: words('tag').sort(comparePaths),
    username: words('user')[0] ?? null,
  };
}

export async function findCollectionAtHome(
  session: Session,
  id: number,
): Promise<{ collection: Collection; project: Project } | undefined> {
  const row = await atHome.first(session, { id });
  if (!row) return undefined;
  const project = toProject({
    ...row,
    id: row.project_id,
    name: row.home_name,
    description: row.home_description,
    created_by: row.home_created_by,
    created_at: row.home_created_at,
    updated_at: row.home_updated_at,
  });
  return { collection: toCollection(row), project };
}

export function toPlace(row: PlaceRow): FoundPlace {
  return {
    membership: {
      id: row.place_id,
      collectionId: row.place_collection_id,
      versionId: row.id,
      number: row.place_number,
      createdBy: row.place_created_by,
      createdAt: row.place_created_at,
    },
    version: toVersion(row),
  };
}

import { sql } from 'kysely';
import type { Alias, AliasMove, Collection, Membership } from '../../domain/collections.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Project } from '../../domain/projects.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type {
  CollectionFilter,
  CollectionOrder,
  CollectionsWriter,
  NamedPlace,
  PlaceInCollection,
  ShownPlace,
} from '../../ports/metadata/collections.ts';
import type { FoundPlace } from '../../ports/metadata/search.ts';
import * as aliases from './alias-table.ts';
import { countCollections, findCollections, listCollections, selectCollections } from './collection-list.ts';
import { type CollectionRow, toCollection } from './collection-rows.ts';
import { holdCollection, noteCollection } from './holds.ts';
import * as memberships from './membership-table.ts';
import { addNameParts, removeNameParts } from './name-parts.ts';
import { claimName, findRedirect, leaveName } from './name-redirects.ts';
import * as places from './place-lookups.ts';
import { PreparedQuery } from './prepared-query.ts';
import { searchable } from './searchable.ts';
import type { Session } from './session.ts';
import { findNamedPlace, findShownPlace } from './shown-place.ts';
import * as tags from './tag-tables.ts';

const collectionById = new PreparedQuery<{ id: number }, CollectionRow>((db, value, _dialect, locksRows) =>
  selectCollections(db)
    .where('c.id', '=', value('id'))
    .$if(locksRows, query => query.forNoKeyUpdate()),
);

const collectionByName = new PreparedQuery<{ projectId: number; name: string }, CollectionRow>(
  (db, value, _dialect, locksRows) =>
    selectCollections(db)
      .where('c.project_id', '=', value('projectId'))
      .where('c.name', '=', value('name'))
      .$if(locksRows, query => query.forNoKeyUpdate()),
);

const nextNumber = new PreparedQuery<{ collectionId: number; at: number }, { next_number: number }>((db, value) =>
  db
    .updateTable('collections')
    .set(eb => ({
      next_number: eb('next_number', '+', sql.lit(1)),
      place_count: eb('place_count', '+', sql.lit(1)),
      updated_at: value('at'),
    }))
    .where('id', '=', value('collectionId'))
    .where('deleted_at', 'is', null)
    .returning('next_number'),
);

export class SqlCollections implements CollectionsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findCollection(id: number): Promise<Collection | undefined> {
    const row = await collectionById.first(this.#session, { id });
    if (row) noteCollection(this.#session, row.id);
    return row && toCollection(row);
  }

  async findCollections(ids: number[]): Promise<Collection[]> {
    return await findCollections(this.#session, ids);
  }

  async findCollectionAtHome(id: number): Promise<{ collection: Collection; project: Project } | undefined> {
    await holdCollection(this.#session, id);
    return await places.findCollectionAtHome(this.#session, id);
  }

  async findCollectionByName(projectId: number, name: string): Promise<Collection | undefined> {
    const row = await collectionByName.first(this.#session, { projectId, name });
    if (row) noteCollection(this.#session, row.id);
    if (row) return toCollection(row);
    const target = await findRedirect(this.#session, { kind: 'collection', parentId: projectId, name });
    return target === undefined ? undefined : await this.findCollection(target);
  }

  async isCollectionNameTaken(projectId: number, name: string): Promise<boolean> {
    const row = await this.#session.db
      .selectFrom('collections')
      .select('id')
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .executeTakeFirst();
    const redirect = { kind: 'collection', parentId: projectId, name } as const;
    return row !== undefined || (await findRedirect(this.#session, redirect)) !== undefined;
  }

  async listCollections(
    projectIds: number[],
    filter: CollectionFilter,
    order: CollectionOrder,
    page: PageRequest,
  ): Promise<Page<Collection>> {
    return await listCollections(this.#session, projectIds, filter, order, page);
  }

  async countCollections(projectIds: number[], filter: CollectionFilter): Promise<number> {
    return await countCollections(this.#session, projectIds, filter);
  }

  async findMembership(id: number): Promise<Membership | undefined> {
    return await memberships.findMembership(this.#session, id);
  }

  async findMembershipIn(collectionId: number, id: number): Promise<Membership | undefined> {
    await holdCollection(this.#session, collectionId);
    return await memberships.findMembershipIn(this.#session, collectionId, id);
  }

  async findPlaceByNumber(collectionId: number, number: number): Promise<FoundPlace | undefined> {
    await holdCollection(this.#session, collectionId);
    return await places.findPlaceByNumber(this.#session, collectionId, number);
  }

  async findPlaceByAlias(collectionId: number, alias: string): Promise<FoundPlace | undefined> {
    await holdCollection(this.#session, collectionId);
    return await places.findPlaceByAlias(this.#session, collectionId, alias);
  }

  async findShownPlace(place: PlaceInCollection): Promise<ShownPlace | undefined> {
    return await findShownPlace(this.#session, place);
  }

  async findNamedPlace(place: NamedPlace): Promise<(ShownPlace & { project: Project }) | undefined> {
    return await findNamedPlace(this.#session, place);
  }

  async findMembershipOfVersion(collectionId: number, versionId: number): Promise<Membership | undefined> {
    await holdCollection(this.#session, collectionId);
    return await memberships.findMembershipOfVersion(this.#session, collectionId, versionId);
  }

  async listMembershipsOfVersions(versionIds: number[]): Promise<Membership[]> {
    return await memberships.listMembershipsOfVersions(this.#session, versionIds);
  }

  async listMemberships(
    collectionId: number,
    page: PageRequest,
    order: 'number' | '-number' = 'number',
  ): Promise<Page<Membership>> {
    await holdCollection(this.#session, collectionId);
    return await memberships.listMemberships(this.#session, collectionId, page, order);
  }

  async countMemberships(collectionId: number): Promise<number> {
    const row = await this.#session.db
      .selectFrom('collections')
      .select('place_count')
      .where('id', '=', collectionId)
      .executeTakeFirst();
    return row?.place_count ?? 0;
  }

  async findNewestMembership(collectionId: number): Promise<Membership | undefined> {
    await holdCollection(this.#session, collectionId);
    return await memberships.findNewestMembership(this.#session, collectionId);
  }

  async findAlias(collectionId: number, alias: string): Promise<Alias | undefined> {
    await holdCollection(this.#session, collectionId);
    return await aliases.findAlias(this.#session, collectionId, alias);
  }

  async findAliasWithPlace(collectionId: number, alias: string) {
    await holdCollection(this.#session, collectionId);
    return await aliases.findAliasWithPlace(this.#session, collectionId, alias);
  }

  async listAliases(collectionId: number, page: PageRequest): Promise<Page<Alias>> {
    await holdCollection(this.#session, collectionId);
    return await aliases.listAliases(this.#session, collectionId, page);
  }

  async listAliasesOfMemberships(membershipIds: number[]): Promise<Alias[]> {
    return await aliases.listAliasesOfMemberships(this.#session, membershipIds);
  }

  async listAliasMoves(collectionId: number, page: PageRequest, alias?: string): Promise<Page<AliasMove>> {
    return await aliases.listAliasMoves(this.#session, collectionId, page, alias);
  }

  async findLastRevision(collectionId: number, alias: string): Promise<number> {
    await holdCollection(this.#session, collectionId);
    return await aliases.findLastRevision(this.#session, collectionId, alias);
  }

  async findBeside(place: { membershipId: number; versionId: number; userId: number | null }) {
    return await places.findBeside(this.#session, place);
  }

  async listTags(collectionIds: number[]): Promise<readonly { collectionId: number; tag: string }[]> {
    return await tags.listTags(this.#session, collectionIds);
  }

  async listVersionTags(versionIds: number[]): Promise<readonly { versionId: number; tag: string }[]> {
    return await tags.listVersionTags(this.#session, versionIds);
  }

  async insertCollection(collection: Collection): Promise<void> {
    await this.#session.db
      .insertInto('collections')
      .values({
        id: collection.id,
        project_id: collection.projectId,
        kind: collection.kind,
        name: collection.name,
        search_name: searchable(collection.name),
        type: collection.type,
        description: collection.description,
        next_number: 0,
        place_count: 0,
        created_by: collection.createdBy,
        created_at: collection.createdAt,
        updated_at: collection.updatedAt,
        deleted_at: null,
      })
      .execute();
    await addNameParts(this.#session, collection.id, collection.name);
    const place = { kind: 'collection', parentId: collection.projectId, name: collection.name } as const;
    await claimName(this.#session, place, collection.id);
  }

  async updateCollection(
    id: number,
    changes: { name?: string; description?: string | null; type?: string; updatedAt: number },
  ): Promise<void> {
    const { db, dialect } = this.#session;
    const old = await db
      .selectFrom('collections')
      .select(['name', 'project_id', 'type'])
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .$if(dialect.locksRows, query => query.forNoKeyUpdate())
      .executeTakeFirst();
    if (!old) throw notFound();
    noteCollection(this.#session, id);
    const { name = old.name, type = old.type } = changes;
    await db
      .updateTable('collections')
      .set({
        name,
        search_name: searchable(name),
        ...(changes.description !== undefined && { description: changes.description }),
        ...(changes.type !== undefined && { type: changes.type }),
        updated_at: changes.updatedAt,
      })
      .where('id', '=', id)
      .execute();
    if (name !== old.name || type !== old.type) await tags.updateTagged(this.#session, id, { name, type });
    if (name === old.name) return;
    await removeNameParts(this.#session, id, old.name);
    await addNameParts(this.#session, id, name);
    await claimName(this.#session, { kind: 'collection', parentId: old.project_id, name }, id);
    await leaveName(this.#session, { kind: 'collection', parentId: old.project_id, name: old.name }, id);
  }

  async deleteCollection(id: number, at: number): Promise<void> {
    const { db } = this.#session;
    const deleted = await db
      .updateTable('collections')
      .set({ deleted_at: at, updated_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .returning('name')
      .executeTakeFirst();
    if (!deleted) return;
    await removeNameParts(this.#session, id, deleted.name);
    await db.deleteFrom('collection_tags').where('collection_id', '=', id).execute();
  }

  async takeNumber(collectionId: number, at: number): Promise<number> {
    const row = await nextNumber.first(this.#session, { collectionId, at });
    if (!row) throw notFound();
    noteCollection(this.#session, collectionId);
    return row.next_number - 1;
  }

  async insertMembership(membership: Membership): Promise<void> {
    await memberships.insertMemberships(this.#session, [membership]);
  }

  async deleteMembership(id: number, at: number): Promise<void> {
    await memberships.deleteMembership(this.#session, id, at);
  }

  async putAlias(alias: Alias): Promise<void> {
    await aliases.putAliases(this.#session, [alias]);
  }

  async deleteAlias(collectionId: number, alias: string): Promise<void> {
    await aliases.deleteAlias(this.#session, collectionId, alias);
  }

  async insertAliasMove(move: Omit<AliasMove, 'username'>): Promise<void> {
    aliases.insertAliasMove(this.#session, move);
  }

  async addTags(collectionId: number, added: string[]): Promise<void> {
    if (added.length > 0 && !(await tags.addTags(this.#session, collectionId, added))) throw notFound();
  }

  async removeTags(collectionId: number, removed: string[]): Promise<void> {
    await tags.removeTags(this.#session, collectionId, removed);
  }

  async addVersionTags(versionId: number, added: string[]): Promise<void> {
    await tags.addVersionTags(
      this.#session,
      added.map(tag => ({ versionId, tag })),
    );
  }

  async removeVersionTags(versionId: number, removed: string[]): Promise<void> {
    await tags.removeVersionTags(this.#session, versionId, removed);
  }
}

function notFound(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such artifact or registered model.');
}

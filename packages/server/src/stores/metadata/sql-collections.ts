import { sql } from 'kysely';
import type { Alias, AliasMove, Collection, Membership } from '../../domain/collections.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { CollectionFilter, CollectionOrder, CollectionsWriter } from '../../ports/metadata/collections.ts';
import { countCollections, listCollections } from './collection-list.ts';
import {
  type CollectionRow,
  collectionColumns,
  type MembershipRow,
  membershipColumns,
  toAlias,
  toAliasMove,
  toCollection,
  toMembership,
} from './collection-rows.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { claimName, findRedirect, leaveName } from './name-redirects.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { AliasesTable, Database } from './schema.ts';
import type { Session } from './session.ts';

const byNumber: Keyset = { columns: [{ ref: 'm.number', holds: 'number' }] };
const byAlias: Keyset = { columns: [{ ref: 'alias', holds: 'string' }] };
const newestMoves: Keyset = {
  columns: [
    { ref: 'a.at', holds: 'number' },
    { ref: 'a.id', holds: 'number' },
  ],
  descending: true,
};

function selectCollections(db: Database) {
  return db.selectFrom('collections as c').select(collectionColumns).where('c.deleted_at', 'is', null);
}

function selectMemberships(db: Database) {
  return db.selectFrom('memberships as m').select(membershipColumns).where('m.deleted_at', 'is', null);
}

const collectionById = new PreparedQuery<{ id: number }, CollectionRow>((db, value) =>
  selectCollections(db).where('c.id', '=', value('id')),
);

const collectionByName = new PreparedQuery<{ projectId: number; name: string }, CollectionRow>((db, value) =>
  selectCollections(db).where('c.project_id', '=', value('projectId')).where('c.name', '=', value('name')),
);

const membershipByNumber = new PreparedQuery<{ collectionId: number; number: number }, MembershipRow>((db, value) =>
  selectMemberships(db).where('m.collection_id', '=', value('collectionId')).where('m.number', '=', value('number')),
);

const membershipByAlias = new PreparedQuery<{ collectionId: number; alias: string }, MembershipRow>((db, value) =>
  selectMemberships(db)
    .innerJoin('aliases as a', 'a.membership_id', 'm.id')
    .where('a.collection_id', '=', value('collectionId'))
    .where('a.alias', '=', value('alias')),
);

const aliasByName = new PreparedQuery<{ collectionId: number; alias: string }, AliasesTable>((db, value) =>
  db
    .selectFrom('aliases')
    .selectAll()
    .where('collection_id', '=', value('collectionId'))
    .where('alias', '=', value('alias')),
);

export class SqlCollections implements CollectionsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findCollection(id: number): Promise<Collection | undefined> {
    const row = await collectionById.first(this.#session, { id });
    return row && toCollection(row);
  }

  async findCollections(ids: number[]): Promise<Collection[]> {
    const rows = await selectCollections(this.#session.db).where(this.#among('c.id', ids)).execute();
    return rows.map(toCollection);
  }

  async findCollectionByName(projectId: number, name: string): Promise<Collection | undefined> {
    const row = await collectionByName.first(this.#session, { projectId, name });
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
    const row = await selectMemberships(this.#session.db).where('m.id', '=', id).executeTakeFirst();
    return row && toMembership(row);
  }

  async findMembershipByNumber(collectionId: number, number: number): Promise<Membership | undefined> {
    const row = await membershipByNumber.first(this.#session, { collectionId, number });
    return row && toMembership(row);
  }

  async findMembershipByAlias(collectionId: number, alias: string): Promise<Membership | undefined> {
    const row = await membershipByAlias.first(this.#session, { collectionId, alias });
    return row && toMembership(row);
  }

  async findMembershipOfVersion(collectionId: number, versionId: number): Promise<Membership | undefined> {
    const row = await selectMemberships(this.#session.db)
      .where('m.collection_id', '=', collectionId)
      .where('m.version_id', '=', versionId)
      .executeTakeFirst();
    return row && toMembership(row);
  }

  async listMembershipsOfVersions(versionIds: number[]): Promise<Membership[]> {
    const rows = await selectMemberships(this.#session.db)
      .innerJoin('collections as c', 'c.id', 'm.collection_id')
      .where(this.#among('m.version_id', versionIds))
      .where('c.deleted_at', 'is', null)
      // `artifact` comes before `registered_model`
      .orderBy('c.kind')
      .orderBy('m.created_at')
      .orderBy('m.id')
      .execute();
    return rows.map(toMembership);
  }

  async listMemberships(
    collectionId: number,
    page: PageRequest,
    order: 'number' | '-number' = 'number',
  ): Promise<Page<Membership>> {
    const keyset = { ...byNumber, descending: order === '-number' };
    const memberships = selectMemberships(this.#session.db).where('m.collection_id', '=', collectionId);
    const rows = await inKeyset(memberships, keyset, page).execute();
    return toPage(rows, page, toMembership, row => [row.number]);
  }

  async countMemberships(collectionId: number): Promise<number> {
    const row = await this.#session.db
      .selectFrom('memberships')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('collection_id', '=', collectionId)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async findNewestMembership(collectionId: number): Promise<Membership | undefined> {
    const row = await selectMemberships(this.#session.db)
      .where('m.collection_id', '=', collectionId)
      .orderBy('m.number', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && toMembership(row);
  }

  async findAlias(collectionId: number, alias: string): Promise<Alias | undefined> {
    const row = await aliasByName.first(this.#session, { collectionId, alias });
    return row && toAlias(row);
  }

  async listAliases(collectionId: number, page: PageRequest): Promise<Page<Alias>> {
    const aliases = this.#session.db.selectFrom('aliases').selectAll().where('collection_id', '=', collectionId);
    const rows = await inKeyset(aliases, byAlias, page).execute();
    return toPage(rows, page, toAlias, row => [row.alias]);
  }

  async listAliasesOfMemberships(membershipIds: number[]): Promise<Alias[]> {
    const rows = await this.#session.db
      .selectFrom('aliases')
      .selectAll()
      .where(this.#among('membership_id', membershipIds))
      .orderBy('alias')
      .execute();
    return rows.map(toAlias);
  }

  async listAliasMoves(collectionId: number, page: PageRequest, alias?: string): Promise<Page<AliasMove>> {
    const moves = this.#session.db
      .selectFrom('alias_moves as a')
      .leftJoin('entities as e', 'e.id', 'a.user_id')
      .selectAll('a')
      .select('e.name as username')
      .where('a.collection_id', '=', collectionId)
      .$if(alias !== undefined, query => query.where('a.alias', '=', alias ?? ''));
    const rows = await inKeyset(moves, newestMoves, page).execute();
    return toPage(rows, page, toAliasMove, row => [row.at, row.id]);
  }

  async findLastRevision(collectionId: number, alias: string): Promise<number> {
    const row = await this.#session.db
      .selectFrom('alias_moves')
      .select('revision')
      .where('collection_id', '=', collectionId)
      .where('alias', '=', alias)
      .orderBy('revision', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.revision ?? 0;
  }

  async listTags(collectionIds: number[]): Promise<{ collectionId: number; tag: string }[]> {
    return await this.#session.db
      .selectFrom('collection_tags')
      .select(['collection_id as collectionId', 'tag'])
      .where(this.#among('collection_id', collectionIds))
      .orderBy('collection_id')
      .orderBy('tag')
      .execute();
  }

  async listVersionTags(versionIds: number[]): Promise<{ versionId: number; tag: string }[]> {
    return await this.#session.db
      .selectFrom('version_tags')
      .select(['version_id as versionId', 'tag'])
      .where(this.#among('version_id', versionIds))
      .orderBy('version_id')
      .orderBy('tag')
      .execute();
  }

  async insertCollection(collection: Collection): Promise<void> {
    await this.#session.db
      .insertInto('collections')
      .values({
        id: collection.id,
        project_id: collection.projectId,
        kind: collection.kind,
        name: collection.name,
        search_name: collection.name.toLowerCase(),
        type: collection.type,
        description: collection.description,
        next_number: 0,
        created_by: collection.createdBy,
        created_at: collection.createdAt,
        updated_at: collection.updatedAt,
        deleted_at: null,
      })
      .execute();
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
      .select(['name', 'project_id'])
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .$if(dialect.locksRows, query => query.forUpdate())
      .executeTakeFirst();
    if (!old) throw notFound();
    const { name = old.name } = changes;
    await db
      .updateTable('collections')
      .set({
        name,
        search_name: name.toLowerCase(),
        ...(changes.description !== undefined && { description: changes.description }),
        ...(changes.type !== undefined && { type: changes.type }),
        updated_at: changes.updatedAt,
      })
      .where('id', '=', id)
      .execute();
    if (name === old.name) return;
    await claimName(this.#session, { kind: 'collection', parentId: old.project_id, name }, id);
    await leaveName(this.#session, { kind: 'collection', parentId: old.project_id, name: old.name }, id);
  }

  async deleteCollection(id: number, at: number): Promise<void> {
    await this.#session.db
      .updateTable('collections')
      .set({ deleted_at: at, updated_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
  }

  async takeNumber(collectionId: number, at: number): Promise<number> {
    const row = await this.#session.db
      .updateTable('collections')
      .set({ next_number: sql<number>`next_number + 1`, updated_at: at })
      .where('id', '=', collectionId)
      .where('deleted_at', 'is', null)
      .returning('next_number')
      .executeTakeFirst();
    if (!row) throw notFound();
    return row.next_number - 1;
  }

  async insertMembership(membership: Membership): Promise<void> {
    await this.#session.db
      .insertInto('memberships')
      .values({
        id: membership.id,
        collection_id: membership.collectionId,
        version_id: membership.versionId,
        number: membership.number,
        created_by: membership.createdBy,
        created_at: membership.createdAt,
        deleted_at: null,
      })
      .execute();
  }

  async deleteMembership(id: number, at: number): Promise<void> {
    await this.#session.db
      .updateTable('memberships')
      .set({ deleted_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
  }

  async putAlias(alias: Alias): Promise<void> {
    const target = {
      membership_id: alias.membershipId,
      version_id: alias.versionId,
      revision: alias.revision,
      updated_at: alias.updatedAt,
    };
    await this.#session.db
      .insertInto('aliases')
      .values({ id: alias.id, collection_id: alias.collectionId, alias: alias.alias, ...target })
      .onConflict(conflict => conflict.columns(['collection_id', 'alias']).doUpdateSet(target))
      .execute();
  }

  async deleteAlias(collectionId: number, alias: string): Promise<void> {
    await this.#session.db
      .deleteFrom('aliases')
      .where('collection_id', '=', collectionId)
      .where('alias', '=', alias)
      .execute();
  }

  async insertAliasMove(move: Omit<AliasMove, 'username'>): Promise<void> {
    await this.#session.db
      .insertInto('alias_moves')
      .values({
        id: move.id,
        collection_id: move.collectionId,
        alias: move.alias,
        from_version_id: move.fromVersionId,
        from_number: move.fromNumber,
        to_version_id: move.toVersionId,
        to_number: move.toNumber,
        revision: move.revision,
        user_id: move.userId,
        key_id: move.keyId,
        request_id: move.requestId,
        reason: move.reason,
        at: move.at,
      })
      .execute();
  }

  async addTags(collectionId: number, tags: string[]): Promise<void> {
    if (tags.length === 0) return;
    await this.#session.db
      .insertInto('collection_tags')
      .values([...new Set(tags)].map(tag => ({ collection_id: collectionId, tag })))
      .onConflict(conflict => conflict.columns(['collection_id', 'tag']).doNothing())
      .execute();
  }

  async removeTags(collectionId: number, tags: string[]): Promise<void> {
    await this.#session.db
      .deleteFrom('collection_tags')
      .where('collection_id', '=', collectionId)
      .where(this.#among('tag', tags))
      .execute();
  }

  async addVersionTags(versionId: number, tags: string[]): Promise<void> {
    if (tags.length === 0) return;
    await this.#session.db
      .insertInto('version_tags')
      .values([...new Set(tags)].map(tag => ({ version_id: versionId, tag })))
      .onConflict(conflict => conflict.columns(['version_id', 'tag']).doNothing())
      .execute();
  }

  async removeVersionTags(versionId: number, tags: string[]): Promise<void> {
    await this.#session.db
      .deleteFrom('version_tags')
      .where('version_id', '=', versionId)
      .where(this.#among('tag', tags))
      .execute();
  }

  #among(column: string, values: (number | string)[]) {
    const { dialect } = this.#session;
    return dialect.among(column, dialect.list(values));
  }
}

function notFound(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such artifact or registered model.');
}

import { sql } from 'kysely';
import type { ApiKey, Entity, EntityKind, Member, User } from '../../domain/accounts.ts';
import { emailKey } from '../../domain/emails.ts';
import { comparePaths } from '../../domain/manifests.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { Role } from '../../domain/roles.ts';
import type { AccountsWriter, KeyOwner, UserMembership } from '../../ports/metadata/accounts.ts';
import { searchText, selectUsers, toEntity, toMember, toUser, type UserRow } from './account-rows.ts';
import { containsText } from './contains-text.ts';
import { holdName } from './holds.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { claimName, findRedirect, leaveName, rootParent } from './name-redirects.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Session } from './session.ts';

const byEntityName: Keyset = { columns: [{ ref: 'e.name', holds: 'string' }] };

/** A row for each membership of the user who holds a key, or one without; those of deleted entities are empty, too. */
const keyOwner = new PreparedQuery<{ hash: string }, KeyOwnerRow>((db, value) =>
  selectUsers(db)
    .innerJoin('api_keys as k', 'k.user_id', 'u.id')
    .leftJoin('members as m', 'm.user_id', 'u.id')
    .leftJoin('entities as t', join => join.onRef('t.id', '=', 'm.entity_id').on('t.deleted_at', 'is', null))
    .select(['k.id as key_id', 'k.last_used_at'])
    .select(['m.role', 't.id as entity_id', 't.kind', 't.name as entity_name', 't.organization_id'])
    .select('t.display_name as entity_display_name')
    .where('k.hash', '=', value('hash'))
    .where('k.revoked_at', 'is', null),
);

interface KeyOwnerRow extends UserRow {
  key_id: number;
  last_used_at: number | null;
  entity_id: number | null;
  kind: string | null;
  entity_name: string | null;
  entity_display_name: string | null;
  organization_id: number | null;
  role: string | null;
}

const entityByName = new PreparedQuery<{ name: string }, Parameters<typeof toEntity>[0]>((db, value) =>
  db.selectFrom('entities').selectAll().where('name', '=', value('name')).where('deleted_at', 'is', null),
);

const entityById = new PreparedQuery<{ id: number }, Parameters<typeof toEntity>[0]>((db, value) =>
  db.selectFrom('entities').selectAll().where('id', '=', value('id')).where('deleted_at', 'is', null),
);

interface MembershipRow {
  entity_id: number;
  kind: string;
  name: string;
  display_name: string;
  organization_id: number | null;
  role: string;
}

function toMembership(row: MembershipRow): UserMembership {
  return {
    entityId: row.entity_id,
    kind: row.kind === 'team' ? 'team' : 'organization',
    name: row.name,
    displayName: row.display_name,
    organizationId: row.organization_id,
    role: row.role as Role,
  };
}

const membershipsOf = new PreparedQuery<{ userId: number }, MembershipRow>((db, value) =>
  db
    .selectFrom('members as m')
    .innerJoin('entities as e', 'e.id', 'm.entity_id')
    .select(['m.entity_id', 'e.kind', 'e.name', 'e.display_name', 'e.organization_id', 'm.role'])
    .where('m.user_id', '=', value('userId'))
    .where('e.deleted_at', 'is', null)
    .orderBy('e.name'),
);

export class SqlAccounts implements AccountsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findKeyOwner(keyHash: string): Promise<KeyOwner | undefined> {
    const rows = await keyOwner.all(this.#session, { hash: keyHash });
    const [row] = rows;
    if (!row) return undefined;
    const memberships = rows.flatMap(({ entity_id, entity_name, entity_display_name, organization_id, kind, role }) =>
      entity_id === null
        ? []
        : [
            toMembership({
              ...{ entity_id, organization_id, kind: kind ?? '', role: role ?? '' },
              ...{ name: entity_name ?? '', display_name: entity_display_name ?? '' },
            }),
          ],
    );
    const byName = memberships.length > 1 ? memberships.sort((a, b) => comparePaths(a.name, b.name)) : memberships;
    return { keyId: row.key_id, keyLastUsedAt: row.last_used_at, user: toUser(row), memberships: byName };
  }

  async findKeyHolder(keyHash: string): Promise<{ keyId: number; userId: number; revoked: boolean } | undefined> {
    const row = await this.#session.db
      .selectFrom('api_keys')
      .select(['id', 'user_id', 'revoked_at'])
      .where('hash', '=', keyHash)
      .executeTakeFirst();
    return row && { keyId: row.id, userId: row.user_id, revoked: row.revoked_at !== null };
  }

  async listKeys(userId: number): Promise<ApiKey[]> {
    const rows = await this.#session.db
      .selectFrom('api_keys')
      .select(['id', 'user_id', 'name', 'hint', 'created_at', 'last_used_at'])
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(row => ({
      id: row.id,
      userId: row.user_id,
      name: row.name,
      hint: row.hint,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
    }));
  }

  async listMembershipsOf(userId: number): Promise<UserMembership[]> {
    const rows = await membershipsOf.all(this.#session, { userId });
    return rows.map(toMembership);
  }

  async findUser(id: number): Promise<User | undefined> {
    const row = await selectUsers(this.#session.db).where('u.id', '=', id).executeTakeFirst();
    return row && toUser(row);
  }

  async findUserByName(username: string): Promise<User | undefined> {
    const entity = await this.findEntityByName(username);
    return entity?.kind === 'user' ? await this.findUser(entity.id) : undefined;
  }

  async findPeopleByEmail(email: string): Promise<User[]> {
    const rows = await selectUsers(this.#session.db)
      .where('u.email_key', '=', emailKey(email))
      .where('u.disabled_at', 'is', null)
      .where('u.service_team_id', 'is', null)
      .execute();
    return rows.map(toUser);
  }

  async listUsers(page: PageRequest, query?: string): Promise<Page<User>> {
    let users = selectUsers(this.#session.db).where('e.kind', '=', 'user').where('e.deleted_at', 'is', null);
    if (query) users = users.where(containsText('u.search_text', query));
    const rows = await inKeyset(users, byEntityName, page).execute();
    return toPage(rows, page, toUser, row => [row.username]);
  }

  async countUsers(): Promise<number> {
    // of several servers that start on an empty database, one makes the first user
    await holdName(this.#session, 'first user');
    const row = await this.#session.db
      .selectFrom('users')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async findEntity(id: number): Promise<Entity | undefined> {
    const row = await entityById.first(this.#session, { id });
    return row && toEntity(row);
  }

  async findEntityByName(name: string): Promise<Entity | undefined> {
    const row = await entityByName.first(this.#session, { name });
    if (row) return toEntity(row);
    const target = await findRedirect(this.#session, { kind: 'entity', parentId: rootParent, name });
    return target === undefined ? undefined : await this.findEntity(target);
  }

  async findOrganizations(nameOrDisplayName: string, ids?: number[]): Promise<Entity[]> {
    const rows = await this.#session.db
      .selectFrom('entities')
      .selectAll()
      .where('kind', '=', 'organization')
      .where('deleted_at', 'is', null)
      .where(eb => eb.or([eb('name', '=', nameOrDisplayName), eb('display_name', '=', nameOrDisplayName)]))
      .$if(ids !== undefined, query => query.where(this.#among('id', ids ?? [])))
      .orderBy('name')
      .execute();
    if (rows.length > 0) return rows.map(toEntity);
    const renamed = await this.findEntityByName(nameOrDisplayName);
    return renamed?.kind === 'organization' && (ids?.includes(renamed.id) ?? true) ? [renamed] : [];
  }

  async listEntities(
    kind: EntityKind,
    page: PageRequest,
    filter: { ids?: number[]; organizationId?: number } = {},
  ): Promise<Page<Entity>> {
    const { ids, organizationId } = filter;
    const entities = this.#session.db
      .selectFrom('entities as e')
      .selectAll()
      .where('e.kind', '=', kind)
      .where('e.deleted_at', 'is', null)
      .$if(ids !== undefined, query => query.where(this.#among('e.id', ids ?? [])))
      .$if(organizationId !== undefined, query => query.where('e.organization_id', '=', organizationId ?? 0));
    const rows = await inKeyset(entities, byEntityName, page).execute();
    return toPage(rows, page, toEntity, row => [row.name]);
  }

  async isEntityNameTaken(name: string): Promise<boolean> {
    const row = await this.#session.db.selectFrom('entities').select('id').where('name', '=', name).executeTakeFirst();
    const redirect = { kind: 'entity', parentId: rootParent, name } as const;
    return row !== undefined || (await findRedirect(this.#session, redirect)) !== undefined;
  }

  async listMembers(entityId: number, page?: PageRequest): Promise<Page<Member>> {
    const members = this.#members().where('m.entity_id', '=', entityId);
    if (!page) return { items: (await members.orderBy('e.name').execute()).map(toMember) };
    const rows = await inKeyset(members, byEntityName, page).execute();
    return toPage(rows, page, toMember, row => [row.username]);
  }

  async findMember(entityId: number, userId: number): Promise<Member | undefined> {
    const row = await this.#members()
      .where('m.entity_id', '=', entityId)
      .where('m.user_id', '=', userId)
      .executeTakeFirst();
    return row && toMember(row);
  }

  async countAdmins(entityId: number | null): Promise<number> {
    const { db } = this.#session;
    const admins =
      entityId === null
        ? db.selectFrom('users as u').where('u.admin', '=', sql.lit(1))
        : db
            .selectFrom('members as m')
            .innerJoin('users as u', 'u.id', 'm.user_id')
            .where('m.entity_id', '=', entityId)
            .where('m.role', '=', 'admin');
    const active = admins.where('u.disabled_at', 'is', null);
    if (this.#session.locksRows) {
      // two who take the last administrators' rights at once: the second one waits, and counts what is left
      return (await active.select('u.id').orderBy('u.id').forNoKeyUpdate().execute()).length;
    }
    const row = await active.select(eb => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
    return row.count;
  }

  async countProjects(entityId: number): Promise<number> {
    const row = await this.#session.db
      .selectFrom('projects')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('entity_id', '=', entityId)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async insertEntity(entity: Entity): Promise<void> {
    await this.#session.db
      .insertInto('entities')
      .values({
        id: entity.id,
        name: entity.name,
        kind: entity.kind,
        display_name: entity.displayName,
        organization_id: entity.organizationId,
        created_at: entity.createdAt,
        deleted_at: null,
      })
      .execute();
    await claimName(this.#session, { kind: 'entity', parentId: rootParent, name: entity.name }, entity.id);
  }

  async updateEntity(id: number, changes: { name?: string; displayName?: string }): Promise<void> {
    const { db } = this.#session;
    const old = await db
      .selectFrom('entities')
      .select(['name', 'display_name'])
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .$if(this.#session.dialect.locksRows, query => query.forNoKeyUpdate())
      .executeTakeFirst();
    if (!old) throw new RegistryError('NOT_FOUND', 'There is no such user, team or organization.');
    const { name = old.name, displayName = old.display_name } = changes;
    await db.updateTable('entities').set({ name, display_name: displayName }).where('id', '=', id).execute();
    if (name !== old.name) {
      await claimName(this.#session, { kind: 'entity', parentId: rootParent, name }, id);
      await leaveName(this.#session, { kind: 'entity', parentId: rootParent, name: old.name }, id);
    }
    await this.#refreshSearchText(id);
  }

  async deleteEntity(id: number, at: number): Promise<void> {
    await this.#session.db
      .updateTable('entities')
      .set({ deleted_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
  }

  async insertUser(user: Omit<User, 'defaultEntity' | 'disabled'>): Promise<void> {
    const { id, username, email, name } = user;
    if (!(await this.findEntity(id))) {
      await this.insertEntity({
        id,
        name: username,
        kind: 'user',
        displayName: name,
        organizationId: null,
        createdAt: user.createdAt,
      });
    }
    await this.#session.db
      .insertInto('users')
      .values({
        id,
        email,
        email_key: email === null ? null : emailKey(email),
        admin: user.admin ? 1 : 0,
        default_entity_id: user.defaultEntityId,
        service_team_id: user.serviceTeamId,
        disabled_at: null,
        search_text: searchText({ username, name, email }),
      })
      .execute();
  }

  async updateUser(
    id: number,
    changes: {
      email?: string | null;
      name?: string;
      admin?: boolean;
      defaultEntityId?: number;
      disabledAt?: number | null;
    },
  ): Promise<void> {
    const { db } = this.#session;
    const columns = {
      ...(changes.email !== undefined && {
        email: changes.email,
        email_key: changes.email === null ? null : emailKey(changes.email),
      }),
      ...(changes.admin !== undefined && { admin: changes.admin ? 1 : 0 }),
      ...(changes.defaultEntityId !== undefined && { default_entity_id: changes.defaultEntityId }),
      ...(changes.disabledAt !== undefined && { disabled_at: changes.disabledAt }),
    };
    if (Object.keys(columns).length > 0) await db.updateTable('users').set(columns).where('id', '=', id).execute();
    if (changes.name !== undefined) {
      await db.updateTable('entities').set({ display_name: changes.name }).where('id', '=', id).execute();
    }
    if (changes.name !== undefined || changes.email !== undefined) await this.#refreshSearchText(id);
  }

  async setMember(entityId: number, userId: number, role: Role, at: number): Promise<void> {
    await this.#session.db
      .insertInto('members')
      .values({ entity_id: entityId, user_id: userId, role, created_at: at })
      .onConflict(conflict => conflict.columns(['entity_id', 'user_id']).doUpdateSet({ role }))
      .execute();
  }

  async removeMember(entityId: number, userId: number): Promise<boolean> {
    const result = await this.#session.db
      .deleteFrom('members')
      .where('entity_id', '=', entityId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async insertKey(key: {
    id: number;
    userId: number;
    name: string;
    hint: string;
    hash: string;
    createdAt: number;
  }): Promise<void> {
    await this.#session.db
      .insertInto('api_keys')
      .values({
        id: key.id,
        user_id: key.userId,
        name: key.name,
        hint: key.hint,
        hash: key.hash,
        created_at: key.createdAt,
        last_used_at: null,
        revoked_at: null,
      })
      .execute();
  }

  async revokeKey(id: number, at: number): Promise<boolean> {
    const result = await this.#session.db
      .updateTable('api_keys')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async touchKey(id: number, at: number): Promise<void> {
    await this.#session.db.updateTable('api_keys').set({ last_used_at: at }).where('id', '=', id).execute();
  }

  async #refreshSearchText(id: number): Promise<void> {
    const user = await this.findUser(id);
    if (!user) return;
    await this.#session.db
      .updateTable('users')
      .set({ search_text: searchText(user) })
      .where('id', '=', id)
      .execute();
  }

  #members() {
    return this.#session.db
      .selectFrom('members as m')
      .innerJoin('users as u', 'u.id', 'm.user_id')
      .innerJoin('entities as e', 'e.id', 'm.user_id')
      .select(['m.entity_id', 'm.user_id', 'e.name as username', 'e.display_name as name', 'u.email', 'm.role'])
      .select(['u.service_team_id', 'm.created_at']);
  }

  #among(column: string, ids: number[]) {
    const { dialect } = this.#session;
    return dialect.among(column, dialect.list(ids));
  }
}

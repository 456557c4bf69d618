import { type Selectable, sql } from 'kysely';
import type { Entity, EntityKind, Member, User } from '../../domain/accounts.ts';
import type { Role } from '../../domain/roles.ts';
import type { Database, EntitiesTable } from './schema.ts';
import { searchable } from './searchable.ts';

export function toEntity(row: Omit<Selectable<EntitiesTable>, 'deleted_at'>): Entity {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as EntityKind,
    displayName: row.display_name,
    organizationId: row.organization_id,
    createdAt: row.created_at,
  };
}

/** Users with the names that live in their personal and default entities. */
export function selectUsers(db: Database) {
  return db
    .selectFrom('users as u')
    .innerJoin('entities as e', 'e.id', 'u.id')
    .leftJoin('entities as d', join => join.onRef('d.id', '=', 'u.default_entity_id').on('d.deleted_at', 'is', null))
    .select([
      'u.id',
      'e.name as username',
      'u.email',
      'e.display_name as name',
      'u.admin',
      'u.disabled_at',
      // a deleted team is nobody's default any more
      sql<number>`coalesce(d.id, u.id)`.as('default_entity_id'),
      sql<string>`coalesce(d.name, e.name)`.as('default_entity'),
      'u.service_team_id',
      'e.created_at',
    ]);
}

export interface UserRow {
  id: number;
  username: string;
  email: string | null;
  name: string;
  admin: number;
  disabled_at: number | null;
  default_entity_id: number;
  default_entity: string;
  service_team_id: number | null;
  created_at: number;
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    name: row.name,
    admin: row.admin === 1,
    disabled: row.disabled_at !== null,
    defaultEntityId: row.default_entity_id,
    defaultEntity: row.default_entity,
    serviceTeamId: row.service_team_id,
    createdAt: row.created_at,
  };
}

export interface MemberRow {
  entity_id: number;
  user_id: number;
  username: string;
  name: string;
  email: string | null;
  role: string;
  service_team_id: number | null;
  created_at: number;
}

export function toMember(row: MemberRow): Member {
  return {
    entityId: row.entity_id,
    userId: row.user_id,
    username: row.username,
    name: row.name,
    email: row.email,
    role: row.role as Role,
    serviceAccount: row.service_team_id !== null,
    createdAt: row.created_at,
  };
}

export function searchText(user: { username: string; name: string; email: string | null }): string {
  return searchable(`${user.username}\n${user.name}\n${user.email ?? ''}`);
}

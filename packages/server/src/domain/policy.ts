import type { Entity, User } from './accounts.ts';
import { isRegistry, type Project, type ProjectGrants } from './projects.ts';
import { isAtLeast, type Role, strongest } from './roles.ts';

/**
 * Who may do what, in one place. Pure: services load the facts, this decides. Nothing is allowed that no rule allows.
 * The roles are those of W&B's registry role matrix; teams and organizations use `viewer`, `member` and `admin`.
 */

/** Who is asking: a user through one of their API keys. */
export interface Principal {
  userId: number;
  username: string;
  keyId: number | null;
  /** name of the entity that is meant when none is given */
  defaultEntity: string;
  /** instance administrators act as such only where the protocol says they mean to */
  instanceAdmin: boolean;
  /** role by team or organization id */
  memberships: ReadonlyMap<number, { role: Role; kind: 'team' | 'organization'; organizationId: number | null }>;
}

/** What one may do with a project, a registry and all that lives in them: the least role for each action. */
const projectActions = {
  'project.read': 'restricted_viewer',
  'file.read': 'viewer',
  'run.write': 'member',
  'version.log': 'member',
  'version.edit': 'member',
  'version.delete': 'member',
  'collection.create': 'member',
  'collection.edit': 'member',
  'collection.delete': 'member',
  'link.write': 'member',
  'alias.move': 'member',
  'tag.write': 'member',
  'automation.write': 'member',
  'project.edit': 'member',
  'project.settings': 'admin',
  'project.delete': 'admin',
  'members.manage': 'admin',
} as const satisfies Record<string, Role>;

/** What one may do with a team or an organization itself. */
const entityActions = {
  'entity.read': 'viewer',
  'project.create': 'member',
  'registry.create': 'member',
  'automation.manage': 'member',
  'integration.manage': 'admin',
  'team.create': 'admin',
  'entity.edit': 'admin',
  'entity.delete': 'admin',
  'entity.members': 'admin',
} as const satisfies Record<string, Role>;

export type ProjectAction = keyof typeof projectActions;
export type EntityAction = keyof typeof entityActions;
/** What only instance administrators may do. */
export type InstanceAction = 'users.manage' | 'organizations.create';

/** Every rule a route, a GraphQL root or an edge can declare. */
export type Rule =
  | { kind: 'public'; why: string }
  | { kind: 'signed-in' }
  | { kind: 'instance'; action: InstanceAction }
  | { kind: 'entity'; action: EntityAction }
  | { kind: 'project'; action: ProjectAction }
  | { kind: 'ticket' }
  | { kind: 'self' };

/** The role a principal has in a project or registry, or null where it may not even know of it. */
export function roleInProject(principal: Principal, project: Project, grants: ProjectGrants): Role | null {
  if (principal.instanceAdmin) return 'admin';
  if (project.entityKind === 'user') return principal.userId === project.entityId ? 'admin' : null;
  const inOrganization = project.organizationId === null ? null : roleIn(principal, project.organizationId);
  const granted = strongest(grants.direct, ...grants.throughTeams);
  if (inOrganization === 'admin') return 'admin';
  if (isRegistry(project)) {
    // A grant counts only while its holder belongs to the organization.
    if (inOrganization === null) return null;
    return project.access === 'RESTRICTED' ? granted : strongest(inOrganization, granted);
  }
  if (project.access === 'RESTRICTED') return roleIn(principal, project.entityId) === 'admin' ? 'admin' : granted;
  return roleIn(principal, project.entityId);
}

export function mayInProject(role: Role | null, action: ProjectAction): boolean {
  return role !== null && isAtLeast(role, projectActions[action]);
}

/** The role a principal has in an entity itself; members of a team's organization see that the team exists. */
export function roleInEntity(
  principal: Principal,
  entity: Pick<Entity, 'id' | 'kind' | 'organizationId'>,
): Role | null {
  if (principal.instanceAdmin) return 'admin';
  if (entity.kind === 'user') return entity.id === principal.userId ? 'admin' : null;
  const own = roleIn(principal, entity.id);
  if (entity.kind === 'organization' || entity.organizationId === null) return own;
  const inOrganization = roleIn(principal, entity.organizationId);
  if (inOrganization === 'admin') return 'admin';
  return strongest(own, inOrganization === null ? null : 'viewer');
}

export function mayInEntity(role: Role | null, action: EntityAction): boolean {
  return role !== null && isAtLeast(role, entityActions[action]);
}

/** An account is its user's own and the server's administrators'; a service account is also its team's admins'. */
export function mayManageAccount(
  principal: Principal,
  user: Pick<User, 'id'>,
  serviceTeam: Pick<Entity, 'id' | 'kind' | 'organizationId'> | undefined,
): boolean {
  if (principal.userId === user.id || principal.instanceAdmin) return true;
  return serviceTeam !== undefined && mayInEntity(roleInEntity(principal, serviceTeam), 'entity.members');
}

export function mayInInstance(principal: Principal, _action: InstanceAction): boolean {
  return principal.instanceAdmin;
}

/** Teams whose grants on registries the principal shares. */
export function teamIds(principal: Principal): number[] {
  return [...principal.memberships].filter(([, membership]) => membership.kind === 'team').map(([id]) => id);
}

function roleIn(principal: Principal, entityId: number): Role | null {
  const direct = principal.memberships.get(entityId);
  if (direct) return direct.role;
  // Being in a team implies being in its organization.
  for (const membership of principal.memberships.values()) {
    if (membership.kind === 'team' && membership.organizationId === entityId) return 'member';
  }
  return null;
}

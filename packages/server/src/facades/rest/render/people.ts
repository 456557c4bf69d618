import type { ApiKey, Invitation, Member, Organization, Team, User, Viewer } from '@weighhouse/contract';
import type * as domain from '../../../domain/accounts.ts';
import type { Invitation as InvitationRecord } from '../../../domain/invitations.ts';
import type { MemberRole, Role } from '../../../domain/roles.ts';
import type { UserMembership } from '../../../ports/metadata/accounts.ts';
import { isoTime, isoTimeOrNull } from './time.ts';

export function renderUser(user: domain.User): User {
  const { username, name, email, admin, disabled, defaultEntity } = user;
  return {
    id: String(user.id),
    username,
    name,
    email,
    admin,
    disabled,
    defaultEntity,
    serviceAccount: user.serviceTeamId !== null,
    createdAt: isoTime(user.createdAt),
  };
}

export function renderViewer(user: domain.User, memberships: readonly UserMembership[]): Viewer {
  const of = (kind: UserMembership['kind']) =>
    memberships
      .filter(one => one.kind === kind)
      .map(({ name, displayName, role }) => ({ name, displayName, role: memberRole(role) }));
  return {
    ...renderUser(user),
    organizations: of('organization'),
    teams: of('team').map(({ name, role }) => ({ name, role })),
  };
}

export function renderApiKey({ id, name, hint, createdAt, lastUsedAt }: domain.ApiKey): ApiKey {
  return { id: String(id), name, hint, createdAt: isoTime(createdAt), lastUsedAt: isoTimeOrNull(lastUsedAt) };
}

export function renderOrganization({ id, name, displayName, createdAt }: domain.Entity): Organization {
  return { id: String(id), name, displayName, createdAt: isoTime(createdAt) };
}

export function renderTeam(team: domain.Entity, organizations: ReadonlyMap<number, string>): Team {
  const { id, name, displayName, organizationId, createdAt } = team;
  return {
    id: String(id),
    name,
    displayName,
    organization: organizations.get(organizationId ?? 0) ?? '',
    createdAt: isoTime(createdAt),
  };
}

export function renderMember({ username, name, email, role, serviceAccount, createdAt }: domain.Member): Member {
  return { username, name, email, role: memberRole(role), serviceAccount, createdAt: isoTime(createdAt) };
}

export function renderInvitation({ id, email, role, createdAt }: InvitationRecord): Invitation {
  return { id: String(id), email, role, createdAt: isoTime(createdAt) };
}

/** `restricted_viewer` exists in registries only. */
function memberRole(role: Role): MemberRole {
  return role === 'restricted_viewer' ? 'viewer' : role;
}

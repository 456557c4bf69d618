import type { Role } from './roles.ts';

export type EntityKind = 'user' | 'team' | 'organization';

/** A person, a team or an organization: the owner part of every address. All three share one namespace. */
export interface Entity {
  id: number;
  name: string;
  kind: EntityKind;
  displayName: string;
  /** of a team; an organization names itself; null for a user */
  organizationId: number | null;
  /** milliseconds since 1970, UTC */
  createdAt: number;
}

export interface User {
  /** also the id of the personal entity */
  id: number;
  username: string;
  email: string | null;
  name: string;
  admin: boolean;
  disabled: boolean;
  defaultEntityId: number;
  defaultEntity: string;
  /** of a service account: the team it works for; null for a person */
  serviceTeamId: number | null;
  createdAt: number;
}

/** A user's place in a team or an organization. */
export interface Member {
  entityId: number;
  userId: number;
  username: string;
  name: string;
  email: string | null;
  role: Role;
  serviceAccount: boolean;
  createdAt: number;
}

export interface ApiKey {
  id: number;
  userId: number;
  name: string;
  /** the first and last few characters, to tell keys apart; never enough to guess one */
  hint: string;
  createdAt: number;
  lastUsedAt: number | null;
}

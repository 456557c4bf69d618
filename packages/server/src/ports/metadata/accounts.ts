import type { ApiKey, Entity, EntityKind, Member, User } from '../../domain/accounts.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Role } from '../../domain/roles.ts';

export interface KeyOwner {
  keyId: number;
  keyLastUsedAt: number | null;
  user: User;
  /** by name */
  memberships: UserMembership[];
}

export interface UserMembership {
  entityId: number;
  kind: 'team' | 'organization';
  name: string;
  displayName: string;
  organizationId: number | null;
  role: Role;
}

/** Users, teams, organizations, members and keys. Names are given NFC-normalised; deleted ones are not found. */
export interface AccountsReader {
  findKeyOwner(keyHash: string): Promise<KeyOwner | undefined>;
  /** id of the user who holds a key with this hash, revoked ones included */
  findKeyHolder(keyHash: string): Promise<{ keyId: number; userId: number; revoked: boolean } | undefined>;
  listKeys(userId: number): Promise<ApiKey[]>;
  listMembershipsOf(userId: number): Promise<UserMembership[]>;
  findUser(id: number): Promise<User | undefined>;
  findUserByName(username: string): Promise<User | undefined>;
  /** neither disabled nor service accounts; addresses are compared without regard to case */
  findPeopleByEmail(email: string): Promise<User[]>;
  listUsers(page: PageRequest, query?: string): Promise<Page<User>>;
  countUsers(): Promise<number>;
  findEntity(id: number): Promise<Entity | undefined>;
  /** also through the old names of renamed entities */
  findEntityByName(name: string): Promise<Entity | undefined>;
  /** by name or display name, for organizations among `ids`; all organizations where `ids` is absent */
  findOrganizations(nameOrDisplayName: string, ids?: number[]): Promise<Entity[]>;
  listEntities(
    kind: EntityKind,
    page: PageRequest,
    filter?: { ids?: number[]; organizationId?: number },
  ): Promise<Page<Entity>>;
  /** whether the name is taken now or reserved by a renamed or deleted entity */
  isEntityNameTaken(name: string): Promise<boolean>;
  listMembers(entityId: number, page?: PageRequest): Promise<Page<Member>>;
  findMember(entityId: number, userId: number): Promise<Member | undefined>;
  /** of a team or organization, or of the installation; disabled users do not count */
  countAdmins(entityId: number | null): Promise<number>;
  countProjects(entityId: number): Promise<number>;
}

export interface AccountsWriter extends AccountsReader {
  insertEntity(entity: Entity): Promise<void>;
  updateEntity(id: number, changes: { name?: string; displayName?: string }): Promise<void>;
  deleteEntity(id: number, at: number): Promise<void>;
  /** Makes the personal entity of the same id too, unless it was inserted before. */
  insertUser(user: Omit<User, 'defaultEntity' | 'disabled'>): Promise<void>;
  updateUser(
    id: number,
    changes: {
      email?: string | null;
      name?: string;
      admin?: boolean;
      defaultEntityId?: number;
      disabledAt?: number | null;
    },
  ): Promise<void>;
  setMember(entityId: number, userId: number, role: Role, at: number): Promise<void>;
  removeMember(entityId: number, userId: number): Promise<boolean>;
  insertKey(key: {
    id: number;
    userId: number;
    name: string;
    hint: string;
    hash: string;
    createdAt: number;
  }): Promise<void>;
  revokeKey(id: number, at: number): Promise<boolean>;
  touchKey(id: number, at: number): Promise<void>;
}

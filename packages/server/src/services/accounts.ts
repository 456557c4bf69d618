import type { ApiKey, Entity, Member, User } from '../domain/accounts.ts';
import { apiKeyHint, formatApiKey, hashApiKey, requireImportableApiKey } from '../domain/api-keys.ts';
import { emailAddress } from '../domain/emails.ts';
import { displayName, entityName, normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { mayManageAccount } from '../domain/policy.ts';
import { coreRegistries } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { type MemberRole, memberRoles } from '../domain/roles.ts';
import type { Clock } from '../ports/clock.ts';
import type { UserMembership } from '../ports/metadata/accounts.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Randomness } from '../ports/randomness.ts';
import { type Access, requireInEntity } from './access.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';

const maxKeysPerUser = 100;

export interface NewUser {
  username: string;
  email?: string | null;
  name?: string;
  admin?: boolean;
  /** joins this organization as a member */
  organization?: string;
  /** makes it the service account of this team, which is its default entity */
  serviceTeamId?: number;
}

/** Users, their API keys, organizations and teams with their members. */
export class Accounts {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #randomness: Randomness;

  constructor(store: MetadataStore, access: Access, clock: Clock, randomness: Randomness) {
    this.#store = store;
    this.#access = access;
    this.#clock = clock;
    this.#randomness = randomness;
  }

  // ------------------------------------------------------------------ users

  async createUser(caller: Caller, input: NewUser): Promise<User> {
    this.#access.instance(caller, 'users.manage');
    const organization =
      input.organization === undefined ? undefined : await this.#organization(caller, input.organization);
    return this.#store.transaction(async tx => {
      const user = await this.insertUser(tx, caller, input);
      if (organization) await tx.accounts.setMember(organization.id, user.id, 'member', user.createdAt);
      await this.#acceptInvitations(tx, caller, user);
      return user;
    });
  }

  /** Inserts a user with the personal entity of the same name, which is the default entity. */
  async insertUser(tx: MetadataTransaction, caller: Caller | null, input: NewUser): Promise<User> {
    const username = entityName(input.username, 'The username');
    const email = input.email ? emailAddress(input.email) : null;
    const name = input.name === undefined ? username : displayName(input.name, 'The name');
    if (await tx.accounts.isEntityNameTaken(username)) throw nameTaken(username);
    const now = this.#clock.now();
    const id = tx.newId();
    const serviceTeamId = input.serviceTeamId ?? null;
    const defaultEntityId = serviceTeamId ?? id;
    const user = {
      id,
      username,
      email,
      name,
      admin: input.admin ?? false,
      defaultEntityId,
      serviceTeamId,
      createdAt: now,
    };
    await tx.accounts.insertEntity({
      id,
      name: username,
      kind: 'user',
      displayName: name,
      organizationId: null,
      createdAt: now,
    });
    await tx.accounts.insertUser(user);
    const details = { username, admin: user.admin, ...(serviceTeamId !== null && { serviceTeamId }) };
    await recordEvent(tx, caller, now, 'user.created', { entityId: id }, details);
    const inserted = await tx.accounts.findUser(id);
    if (!inserted) throw noUser(username);
    return inserted;
  }

  async getUser(caller: Caller, username: string): Promise<User> {
    const user = await this.#store.read.accounts.findUserByName(normalizeName(username));
    if (!user) throw noUser(username);
    const { serviceTeamId } = user;
    const team = serviceTeamId === null ? undefined : await this.#store.read.accounts.findEntity(serviceTeamId);
    if (!mayManageAccount(caller.principal, user, team)) throw noUser(username);
    return user;
  }

  async viewer(caller: Caller): Promise<{ user: User; memberships: UserMembership[] }> {
    const { accounts } = this.#store.read;
    const user = await accounts.findUser(caller.principal.userId);
    if (!user) throw noUser(caller.principal.username);
    return { user, memberships: await accounts.listMembershipsOf(user.id) };
  }

  async listUsers(caller: Caller, page: PageRequest, query?: string): Promise<Page<User>> {
    this.#access.instance(caller, 'users.manage');
    return this.#store.read.accounts.listUsers(page, query);
  }

  async updateUser(
    caller: Caller,
    username: string,
    changes: { email?: string | null; name?: string; admin?: boolean; disabled?: boolean; defaultEntity?: string },
  ): Promise<User> {
    const user = await this.getUser(caller, username);
    // Invitations go by the address: whoever could change their own would come in with that of somebody else.
    const forAdministrators = [changes.admin, changes.disabled, changes.email];
    if (forAdministrators.some(change => change !== undefined)) this.#access.instance(caller, 'users.manage');
    if (changes.admin && user.serviceTeamId !== null)
      throw new RegistryError('INVALID_INPUT', 'A service account does not administer the server; a person does.');
    const defaultEntity =
      changes.defaultEntity === undefined ? undefined : await this.#entityOfUser(user, changes.defaultEntity);
    await this.#store.transaction(async tx => {
      const losesAdmin = user.admin && !user.disabled && (changes.admin === false || changes.disabled === true);
      if (losesAdmin && (await tx.accounts.countAdmins(null)) <= 1) {
        throw new RegistryError(
          'CONFLICT',
          'This is the last administrator. Make somebody else an administrator first.',
        );
      }
      const now = this.#clock.now();
      await tx.accounts.updateUser(user.id, {
        email: changes.email ? emailAddress(changes.email) : changes.email,
        name: changes.name === undefined ? undefined : displayName(changes.name, 'The name'),
        admin: changes.admin,
        defaultEntityId: defaultEntity,
        disabledAt: changes.disabled === undefined ? undefined : changes.disabled ? now : null,
      });
      const type = changes.disabled === true ? 'user.disabled' : 'user.updated';
      await recordEvent(tx, caller, now, type, { entityId: user.id }, { username: user.username, changes });
    });
    return this.getUser(caller, username);
  }

  /** Deleting a user disables it: the versions and the name stay. */
  async disableUser(caller: Caller, username: string): Promise<void> {
    this.#access.instance(caller, 'users.manage');
    await this.updateUser(caller, username, { disabled: true });
  }

  // ------------------------------------------------------------------ keys

  /** Makes a key, or imports `secret`. The returned secret is shown this once; only its hash is kept. */
  async createKey(
    caller: Caller,
    username: string,
    input: { name?: string; secret?: string },
  ): Promise<{ key: ApiKey; secret: string }> {
    const user = await this.getUser(caller, username);
    return this.#store.transaction(tx => this.insertKey(tx, caller, user, input));
  }

  async insertKey(
    tx: MetadataTransaction,
    caller: Caller | null,
    user: { id: number; username: string },
    input: { name?: string; secret?: string },
  ): Promise<{ key: ApiKey; secret: string }> {
    const secret =
      input.secret === undefined ? formatApiKey(this.#randomness.bytes(128)) : requireImportableApiKey(input.secret);
    const hash = hashApiKey(secret);
    const holder = await tx.accounts.findKeyHolder(hash);
    if (holder) throw keyTaken(holder.userId === user.id);
    const keys = await tx.accounts.listKeys(user.id);
    if (keys.length >= maxKeysPerUser) {
      throw new RegistryError('CONFLICT', `A user has at most ${maxKeysPerUser} API keys; revoke one first.`);
    }
    const key: ApiKey = {
      id: tx.newId(),
      userId: user.id,
      name: displayName(input.name ?? 'API key', 'The name of the key'),
      hint: apiKeyHint(secret),
      createdAt: this.#clock.now(),
      lastUsedAt: null,
    };
    await tx.accounts.insertKey({ ...key, hash });
    await recordEvent(
      tx,
      caller,
      key.createdAt,
      'api_key.created',
      { entityId: user.id },
      { keyId: key.id, hint: key.hint },
    );
    return { key, secret };
  }

  async listKeys(caller: Caller, username: string): Promise<ApiKey[]> {
    const user = await this.getUser(caller, username);
    return this.#store.read.accounts.listKeys(user.id);
  }

  async getKey(caller: Caller, username: string, keyId: number): Promise<ApiKey> {
    const key = (await this.listKeys(caller, username)).find(({ id }) => id === keyId);
    if (!key) throw new RegistryError('NOT_FOUND', 'There is no such API key.');
    return key;
  }

  async revokeKey(caller: Caller, username: string, keyId: number): Promise<void> {
    const key = await this.getKey(caller, username, keyId);
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      await tx.accounts.revokeKey(key.id, now);
      await recordEvent(
        tx,
        caller,
        now,
        'api_key.revoked',
        { entityId: key.userId },
        { keyId: key.id, hint: key.hint },
      );
    });
  }

  // ------------------------------------------------------------------ organizations and teams

  async createOrganization(
    caller: Caller,
    input: { name: string; displayName?: string; admin: string },
  ): Promise<Entity> {
    this.#access.instance(caller, 'organizations.create');
    const admin = await this.#person(input.admin);
    return this.#store.transaction(tx => this.insertOrganization(tx, caller, { ...input, adminId: admin.id }));
  }

  /** Inserts an organization with its core registries and its first admin. */
  async insertOrganization(
    tx: MetadataTransaction,
    caller: Caller | null,
    input: { name: string; displayName?: string; adminId: number },
  ): Promise<Entity> {
    const organization = await this.#insertEntity(tx, input, 'organization', null);
    await tx.accounts.setMember(organization.id, input.adminId, 'admin', organization.createdAt);
    for (const core of coreRegistries) {
      const id = tx.newProjectId();
      await tx.projects.insertProject({
        id,
        entityId: organization.id,
        name: core.name,
        description: core.description,
        access: 'PRIVATE',
        allowAllTypes: false,
        createdBy: input.adminId,
        createdAt: organization.createdAt,
      });
      await tx.projects.addAcceptedTypes(id, [...core.types]);
    }
    await recordEvent(
      tx,
      caller,
      organization.createdAt,
      'organization.created',
      { entityId: organization.id },
      { name: organization.name },
    );
    return organization;
  }

  async createTeam(
    caller: Caller,
    input: { name: string; displayName?: string; organization: string; admin?: string },
  ): Promise<Entity> {
    const organization = await this.#organization(caller, input.organization);
    requireInEntity(caller, organization, 'team.create');
    const admin = await this.#person(input.admin ?? caller.principal.username);
    return this.#store.transaction(tx =>
      this.insertTeam(tx, caller, {
        ...input,
        organizationId: organization.id,
        adminId: admin.id,
      }),
    );
  }

  async insertTeam(
    tx: MetadataTransaction,
    caller: Caller | null,
    input: { name: string; displayName?: string; organizationId: number; adminId: number },
  ): Promise<Entity> {
    const team = await this.#insertEntity(tx, input, 'team', input.organizationId);
    await tx.accounts.setMember(team.id, input.adminId, 'admin', team.createdAt);
    await this.#joinOrganization(tx, input.organizationId, input.adminId, team.createdAt);
    await recordEvent(tx, caller, team.createdAt, 'team.created', { entityId: team.id }, { name: team.name });
    return team;
  }

  async getEntity(caller: Caller, kind: 'team' | 'organization', name: string): Promise<Entity> {
    if (kind === 'organization') return this.#organization(caller, name);
    const { entity } = await this.#access.entity(caller, name, 'entity.read');
    if (entity.kind !== kind)
      throw new RegistryError('NOT_FOUND', `There is no ${kind} "${shown(name)}" that you may see.`);
    return entity;
  }

  /** Bytes of the versions that were logged under a user or a team that the caller was given already. */
  async storedBytes(entity: Entity): Promise<number> {
    return (await this.#store.read.blobs.usage(entity.id)).logicalBytes;
  }

  async listEntities(
    caller: Caller,
    kind: 'team' | 'organization',
    page: PageRequest,
    organization?: string,
  ): Promise<Page<Entity>> {
    const organizationId = organization === undefined ? undefined : (await this.#organization(caller, organization)).id;
    const { principal } = caller;
    // Whoever belongs to an organization sees that its teams exist (`roleInEntity`); elsewhere only one's own are listed.
    const ids = principal.instanceAdmin || organizationId !== undefined ? undefined : [...principal.memberships.keys()];
    return this.#store.read.accounts.listEntities(kind, page, { ids, organizationId });
  }

  async updateEntity(
    caller: Caller,
    kind: 'team' | 'organization',
    name: string,
    changes: { name?: string; displayName?: string },
  ): Promise<Entity> {
    const entity = await this.getEntity(caller, kind, name);
    requireInEntity(caller, entity, 'entity.edit');
    const newName = changes.name === undefined ? undefined : entityName(changes.name);
    await this.#store.transaction(async tx => {
      if (newName !== undefined && newName !== entity.name && (await tx.accounts.isEntityNameTaken(newName)))
        throw nameTaken(newName);
      await tx.accounts.updateEntity(entity.id, {
        name: newName,
        displayName: changes.displayName === undefined ? undefined : displayName(changes.displayName),
      });
      await recordEvent(
        tx,
        caller,
        this.#clock.now(),
        `${kind}.updated`,
        { entityId: entity.id },
        { from: entity.name, changes },
      );
    });
    return this.getEntity(caller, kind, newName ?? entity.name);
  }

  /** Only an empty team or organization goes; its name stays reserved. */
  async deleteEntity(caller: Caller, kind: 'team' | 'organization', name: string): Promise<void> {
    const entity = await this.getEntity(caller, kind, name);
    requireInEntity(caller, entity, 'entity.delete');
    await this.#store.transaction(async tx => {
      const projects = await this.#projectsThatHoldSomething(tx, entity);
      const teams =
        kind === 'organization'
          ? await tx.accounts.listEntities('team', { limit: 1 }, { organizationId: entity.id })
          : undefined;
      if (projects > 0 || (teams && teams.items.length > 0)) {
        throw new RegistryError(
          'NOT_EMPTY',
          `"${entity.name}" still has projects, registries or teams; delete those first.`,
        );
      }
      const now = this.#clock.now();
      for (const member of (await tx.accounts.listMembers(entity.id)).items)
        if (member.serviceAccount) await this.#disableServiceAccount(tx, caller, member, now);
      await tx.accounts.deleteEntity(entity.id, now);
      await recordEvent(tx, caller, now, `${kind}.deleted`, { entityId: entity.id }, { name: entity.name });
    });
  }

  // ------------------------------------------------------------------ members

  async listMembers(
    caller: Caller,
    kind: 'team' | 'organization',
    name: string,
    page?: PageRequest,
  ): Promise<Page<Member>> {
    const entity = await this.getEntity(caller, kind, name);
    return this.#store.read.accounts.listMembers(entity.id, page);
  }

  async getMember(caller: Caller, kind: 'team' | 'organization', name: string, username: string): Promise<Member> {
    const entity = await this.getEntity(caller, kind, name);
    const { accounts } = this.#store.read;
    const user = await accounts.findUserByName(normalizeName(username));
    const member = user && (await accounts.findMember(entity.id, user.id));
    if (!member) throw new RegistryError('NOT_FOUND', `"${shown(username)}" is not a member of "${entity.name}".`);
    return member;
  }

  async setMember(
    caller: Caller,
    kind: 'team' | 'organization',
    name: string,
    username: string,
    role: MemberRole,
  ): Promise<Member> {
    if (!memberRoles.includes(role))
      throw new RegistryError('INVALID_INPUT', `The role must be one of ${memberRoles.join(', ')}.`);
    const entity = await this.getEntity(caller, kind, name);
    requireInEntity(caller, entity, 'entity.members');
    return this.#store.transaction(async tx => {
      const user = await tx.accounts.findUserByName(normalizeName(username));
      if (!user) throw noUser(username);
      await this.#keepAnAdmin(tx, entity, user.id, role);
      return this.insertMember(tx, caller, entity, user, role);
    });
  }

  /** Adds a member, or gives one another role; in a team it implies being in its organization. */
  async insertMember(
    tx: MetadataTransaction,
    caller: Caller,
    entity: Entity,
    user: User,
    role: MemberRole,
  ): Promise<Member> {
    if (user.serviceTeamId !== null) await requireServiceRole(tx, user, user.serviceTeamId, entity, role);
    const now = this.#clock.now();
    await tx.accounts.setMember(entity.id, user.id, role, now);
    if (entity.kind === 'team' && entity.organizationId !== null)
      await this.#joinOrganization(tx, entity.organizationId, user.id, now);
    await recordEvent(tx, caller, now, 'member.set', { entityId: entity.id }, { username: user.username, role });
    const member = await tx.accounts.findMember(entity.id, user.id);
    if (!member) throw noUser(user.username);
    return member;
  }

  /** A service account that leaves its team is disabled: there is nothing else that it is for. */
  async removeMember(caller: Caller, kind: 'team' | 'organization', name: string, username: string): Promise<void> {
    const entity = await this.getEntity(caller, kind, name);
    const self = normalizeName(username) === caller.principal.username;
    if (!self) requireInEntity(caller, entity, 'entity.members');
    await this.#store.transaction(async tx => {
      const user = await tx.accounts.findUserByName(normalizeName(username));
      const member = user && (await tx.accounts.findMember(entity.id, user.id));
      if (!user || !member)
        throw new RegistryError('NOT_FOUND', `"${shown(username)}" is not a member of "${entity.name}".`);
      await this.#keepAnAdmin(tx, entity, user.id, null);
      await tx.accounts.removeMember(entity.id, user.id);
      if (entity.kind === 'organization') {
        // Leaving an organization is leaving its teams.
        for (const membership of await tx.accounts.listMembershipsOf(user.id)) {
          if (membership.organizationId === entity.id && membership.kind === 'team') {
            await tx.accounts.removeMember(membership.entityId, user.id);
          }
        }
      }
      const now = this.#clock.now();
      await recordEvent(tx, caller, now, 'member.removed', { entityId: entity.id }, { username: user.username });
      if (member.serviceAccount) await this.#disableServiceAccount(tx, caller, member, now);
    });
  }

  // ------------------------------------------------------------------

  /** Whoever was invited by the address of a new user becomes a member. */
  async #acceptInvitations(tx: MetadataTransaction, caller: Caller, user: User): Promise<void> {
    if (user.email === null) return;
    for (const { id, entityId, email, role } of await tx.invitations.listInvitationsTo(user.email)) {
      await tx.invitations.deleteInvitation(id);
      const team = await tx.accounts.findEntity(entityId);
      if (!team) continue;
      await this.insertMember(tx, caller, team, user, role);
      const details = { email, username: user.username };
      await recordEvent(tx, caller, this.#clock.now(), 'invitation.accepted', { entityId }, details);
    }
  }

  async #insertEntity(
    tx: MetadataTransaction,
    input: { name: string; displayName?: string },
    kind: 'team' | 'organization',
    organizationId: number | null,
  ): Promise<Entity> {
    const name = entityName(input.name, `The name of the ${kind}`);
    if (await tx.accounts.isEntityNameTaken(name)) throw nameTaken(name);
    const id = tx.newId();
    const entity: Entity = {
      id,
      name,
      kind,
      displayName: input.displayName === undefined ? name : displayName(input.displayName),
      organizationId: kind === 'organization' ? id : organizationId,
      createdAt: this.#clock.now(),
    };
    await tx.accounts.insertEntity(entity);
    return entity;
  }

  async #disableServiceAccount(tx: MetadataTransaction, caller: Caller, account: Member, at: number): Promise<void> {
    const { userId, username } = account;
    for (const { entityId } of await tx.accounts.listMembershipsOf(userId))
      await tx.accounts.removeMember(entityId, userId);
    await tx.accounts.updateUser(userId, { disabledAt: at });
    await recordEvent(tx, caller, at, 'user.disabled', { entityId: userId }, { username });
  }

  async #joinOrganization(tx: MetadataTransaction, organizationId: number, userId: number, at: number): Promise<void> {
    if (!(await tx.accounts.findMember(organizationId, userId)))
      await tx.accounts.setMember(organizationId, userId, 'member', at);
  }

  async #keepAnAdmin(tx: MetadataTransaction, entity: Entity, userId: number, role: MemberRole | null): Promise<void> {
    const member = await tx.accounts.findMember(entity.id, userId);
    if (member?.role === 'admin' && role !== 'admin' && (await tx.accounts.countAdmins(entity.id)) <= 1) {
      throw new RegistryError(
        'CONFLICT',
        `"${member.username}" is the last admin of "${entity.name}". Make somebody else an admin first.`,
      );
    }
  }

  async #projectsThatHoldSomething(tx: MetadataTransaction, entity: Entity): Promise<number> {
    const count = await tx.accounts.countProjects(entity.id);
    if (entity.kind === 'team') return count;
    // The core registries come with the organization: empty ones go with it.
    const { items } = await tx.projects.listProjects(entity.id, { limit: 1000 });
    const core = items.filter(project => coreRegistries.some(({ name }) => name === project.name)).map(({ id }) => id);
    const held = core.length === 0 ? 0 : await tx.collections.countCollections(core, {});
    return count - core.length + held;
  }

  /** Somebody who may lead a team or an organization: neither disabled nor a service account. */
  async #person(username: string): Promise<User> {
    const user = await this.#store.read.accounts.findUserByName(normalizeName(username));
    if (!user || user.disabled || user.serviceTeamId !== null) throw noUser(username);
    return user;
  }

  /** By name or display name; only those the caller is in. */
  async #organization(caller: Caller, name: string): Promise<Entity> {
    const ids = caller.principal.instanceAdmin ? undefined : organizationIds(caller);
    const found = await this.#store.read.accounts.findOrganizations(normalizeName(name), ids);
    const exact = found.find(entity => entity.name === normalizeName(name)) ?? found[0];
    if (!exact) throw organizationNotFound(name);
    return exact;
  }

  async #entityOfUser(user: User, name: string): Promise<number> {
    const normal = normalizeName(name);
    if (normal === user.username) return user.id;
    const team = (await this.#store.read.accounts.listMembershipsOf(user.id)).find(
      one => one.kind === 'team' && one.name === normal,
    );
    if (!team)
      throw new RegistryError(
        'INVALID_INPUT',
        `"${shown(name)}" is neither "${user.username}" nor a team of that user.`,
      );
    return team.entityId;
  }
}

export function organizationNotFound(name: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no organization "${shown(name)}" that you may see.`);
}

/** Organizations the caller belongs to, directly or through a team. */
export function organizationIds(caller: Caller): number[] {
  const ids = new Set<number>();
  for (const [id, membership] of caller.principal.memberships) {
    if (membership.kind === 'organization') ids.add(id);
    else if (membership.organizationId !== null) ids.add(membership.organizationId);
  }
  return [...ids];
}

/** A service account works for one team, as a member or an admin of it and of its organization. */
async function requireServiceRole(
  tx: MetadataTransaction,
  user: User,
  teamId: number,
  entity: Entity,
  role: MemberRole,
): Promise<void> {
  const team = await tx.accounts.findEntity(teamId);
  if (entity.id !== teamId && entity.id !== team?.organizationId) {
    throw new RegistryError(
      'INVALID_INPUT',
      `"${user.username}" is a service account of another team and works for that one only; make one for "${entity.name}".`,
    );
  }
  if (role === 'viewer')
    throw new RegistryError('INVALID_INPUT', 'A service account is a member or an admin, not a viewer.');
}

function nameTaken(name: string): RegistryError {
  return new RegistryError(
    'ALREADY_EXISTS',
    `The name "${name}" is taken: users, teams and organizations share one namespace, and old names stay reserved.`,
  );
}

function noUser(username: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no user "${shown(username)}" that you may see.`);
}

function keyTaken(own: boolean): RegistryError {
  return new RegistryError(
    'ALREADY_EXISTS',
    own
      ? 'This API key was already imported for this user.'
      : 'This API key is already in use for another user; generate a different one.',
  );
}

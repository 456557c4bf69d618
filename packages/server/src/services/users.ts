import type { User } from '../domain/accounts.ts';
import { emailAddress } from '../domain/emails.ts';
import { displayName, entityName, normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { mayManageAccount } from '../domain/policy.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { UserMembership } from '../ports/metadata/accounts.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Access } from './access.ts';
import { nameTaken, noUser } from './account-errors.ts';
import type { Caller } from './caller.ts';
import type { Entities } from './entities.ts';
import type { Members } from './members.ts';
import { recordEvent } from './recording.ts';

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

/** People and service accounts. Their keys: `ApiKeys`. */
export class Users {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #entities: Entities;
  readonly #members: Members;
  readonly #clock: Clock;

  constructor(parts: { store: MetadataStore; access: Access; entities: Entities; members: Members; clock: Clock }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#entities = parts.entities;
    this.#members = parts.members;
    this.#clock = parts.clock;
  }

  async createUser(caller: Caller, input: NewUser): Promise<User> {
    this.#access.instance(caller, 'users.manage');
    const organization =
      input.organization === undefined
        ? undefined
        : await this.#entities.getEntity(caller, 'organization', input.organization);
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

  /** Whoever was invited by the address of a new user becomes a member. */
  async #acceptInvitations(tx: MetadataTransaction, caller: Caller, user: User): Promise<void> {
    if (user.email === null) return;
    for (const { id, entityId, email, role } of await tx.invitations.listInvitationsTo(user.email)) {
      await tx.invitations.deleteInvitation(id);
      const team = await tx.accounts.findEntity(entityId);
      if (!team) continue;
      await this.#members.insertMember(tx, caller, team, user, role);
      const details = { email, username: user.username };
      await recordEvent(tx, caller, this.#clock.now(), 'invitation.accepted', { entityId }, details);
    }
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

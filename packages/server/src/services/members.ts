import type { Entity, Member, User } from '../domain/accounts.ts';
import { normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { type MemberRole, memberRoles } from '../domain/roles.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { requireInEntity } from './access.ts';
import { noUser } from './account-errors.ts';
import type { Caller } from './caller.ts';
import type { Entities } from './entities.ts';
import { disableServiceAccount, joinOrganization } from './membership-changes.ts';
import { recordEvent } from './recording.ts';

/** Who is in an organization or a team, and in which role. */
export class Members {
  readonly #store: MetadataStore;
  readonly #entities: Entities;
  readonly #clock: Clock;

  constructor(store: MetadataStore, entities: Entities, clock: Clock) {
    this.#store = store;
    this.#entities = entities;
    this.#clock = clock;
  }

  async listMembers(
    caller: Caller,
    kind: 'team' | 'organization',
    name: string,
    page?: PageRequest,
  ): Promise<Page<Member>> {
    const entity = await this.#entities.getEntity(caller, kind, name);
    return this.#store.read.accounts.listMembers(entity.id, page);
  }

  async getMember(caller: Caller, kind: 'team' | 'organization', name: string, username: string): Promise<Member> {
    const entity = await this.#entities.getEntity(caller, kind, name);
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
    const entity = await this.#entities.getEntity(caller, kind, name);
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
      await joinOrganization(tx, entity.organizationId, user.id, now);
    await recordEvent(tx, caller, now, 'member.set', { entityId: entity.id }, { username: user.username, role });
    const member = await tx.accounts.findMember(entity.id, user.id);
    if (!member) throw noUser(user.username);
    return member;
  }

  /** A service account that leaves its team is disabled: there is nothing else that it is for. */
  async removeMember(caller: Caller, kind: 'team' | 'organization', name: string, username: string): Promise<void> {
    const entity = await this.#entities.getEntity(caller, kind, name);
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
      if (member.serviceAccount) await disableServiceAccount(tx, caller, member, now);
    });
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

import type { Entity, Member, User } from '../domain/accounts.ts';
import { emailAddress } from '../domain/emails.ts';
import type { Invitation } from '../domain/invitations.ts';
import { normalizeName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { mayInEntity, roleInEntity } from '../domain/policy.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { MemberRole } from '../domain/roles.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import { requireInEntity } from './access.ts';
import type { Caller } from './caller.ts';
import type { Entities } from './entities.ts';
import type { Members } from './members.ts';
import { recordEvent } from './recording.ts';

/** Whom a team invites: somebody who has an account, or an e-mail address that may get one later. */
export type Invited = { username: string } | { email: string };

/**
 * Invitations to teams. Nothing is sent: whoever is known becomes a member at once, and an invitation to an address
 * becomes a membership when an administrator makes a user with it (`Users.createUser`).
 */
export class Invitations {
  readonly #store: MetadataStore;
  readonly #entities: Entities;
  readonly #members: Members;
  readonly #clock: Clock;

  constructor(store: MetadataStore, entities: Entities, members: Members, clock: Clock) {
    this.#store = store;
    this.#entities = entities;
    this.#members = members;
    this.#clock = clock;
  }

  /** @throws RegistryError `ALREADY_EXISTS` for members and for addresses that are invited: nothing of them changes */
  async invite(
    caller: Caller,
    teamName: string,
    invited: Invited,
    role: MemberRole,
  ): Promise<{ member: Member | null; invitation: Invitation | null }> {
    const team = await this.#team(caller, teamName);
    return this.#store.transaction(async tx => {
      const user = await findInvited(tx, invited);
      if (user) {
        if (await tx.accounts.findMember(team.id, user.id))
          throw alreadyThere(`"${user.username}" is a member of`, team);
        return { member: await this.#members.insertMember(tx, caller, team, user, role), invitation: null };
      }
      if (!('email' in invited))
        throw new RegistryError('NOT_FOUND', `There is no user "${shown(invited.username)}" to invite.`);
      return { member: null, invitation: await this.#insert(tx, caller, team, emailAddress(invited.email), role) };
    });
  }

  async list(caller: Caller, teamName: string, page: PageRequest): Promise<Page<Invitation>> {
    const team = await this.#team(caller, teamName);
    return this.#store.read.invitations.listInvitations(team.id, page);
  }

  /** Those that wait at a team the caller was given already: for its admins, and nothing for others. */
  async pending(caller: Caller, team: Entity): Promise<Invitation[]> {
    if (!mayInEntity(roleInEntity(caller.principal, team), 'entity.members')) return [];
    return (await this.#store.read.invitations.listInvitations(team.id)).items;
  }

  async withdraw(caller: Caller, teamName: string, id: number): Promise<void> {
    const team = await this.#team(caller, teamName);
    await this.#store.transaction(async tx => {
      const invitation = await tx.invitations.findInvitation(id);
      if (invitation?.entityId !== team.id)
        throw new RegistryError('NOT_FOUND', `There is no such invitation to "${team.name}".`);
      await tx.invitations.deleteInvitation(id);
      const details = { email: invitation.email };
      await recordEvent(tx, caller, this.#clock.now(), 'invitation.withdrawn', { entityId: team.id }, details);
    });
  }

  async #team(caller: Caller, name: string): Promise<Entity> {
    const team = await this.#entities.getEntity(caller, 'team', name);
    requireInEntity(caller, team, 'entity.members');
    return team;
  }

  async #insert(
    tx: MetadataTransaction,
    caller: Caller,
    team: Entity,
    email: string,
    role: MemberRole,
  ): Promise<Invitation> {
    if (await tx.invitations.findInvitationTo(team.id, email)) throw alreadyThere(`"${email}" is invited to`, team);
    const now = this.#clock.now();
    const invitedBy = caller.principal.userId;
    const invitation = { id: tx.newId(), entityId: team.id, email, role, invitedBy, createdAt: now };
    await tx.invitations.insertInvitation(invitation);
    await recordEvent(tx, caller, now, 'invitation.created', { entityId: team.id }, { email, role });
    return invitation;
  }
}

async function findInvited(tx: MetadataTransaction, invited: Invited): Promise<User | undefined> {
  if (!('email' in invited)) return tx.accounts.findUserByName(normalizeName(invited.username));
  const [user, ...others] = await tx.accounts.findPeopleByEmail(emailAddress(invited.email));
  if (others.length === 0) return user;
  throw new RegistryError('CONFLICT', 'Several users have this e-mail address; invite the one you mean by username.');
}

function alreadyThere(who: string, team: Entity): RegistryError {
  return new RegistryError('ALREADY_EXISTS', `${who} "${team.name}" already.`);
}

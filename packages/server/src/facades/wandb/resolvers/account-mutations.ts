import type { Member } from '../../../domain/accounts.ts';
import type { Invitation } from '../../../domain/invitations.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Fields } from '../graphql/fields.ts';
import { decodeId, encodeId } from '../ids.ts';
import { meantOrganization, userNode } from './accounts.ts';
import { requireId } from './nodes.ts';

interface InviteInput {
  entityName: string;
  email?: string | null;
  username?: string | null;
  admin?: boolean | null;
}

export const accountMutations: Fields<undefined> = {
  createUser: async (
    _source,
    { input }: { input: { email: string; admin?: boolean | null } },
    { caller, services },
  ) => {
    // The client has the address only; the part before the @ becomes the name.
    const username = input.email.split('@')[0] ?? '';
    const user = await services.users.createUser(caller, {
      username,
      email: input.email,
      admin: input.admin ?? false,
    });
    return { user: userNode(user) };
  },
  updateUser: async (_source, { input }: { input: { defaultEntity?: string | null } }, { caller, services }) => {
    const changes = { defaultEntity: input.defaultEntity ?? undefined };
    return { user: userNode(await services.users.updateUser(caller, caller.principal.username, changes)) };
  },
  createTeam: async (
    _source,
    { input }: { input: { teamName: string; teamAdminUserName?: string | null } },
    context,
  ) => {
    const organization = await meantOrganization(context);
    const entity = await context.services.entities.createTeam(context.caller, {
      name: input.teamName,
      organization: organization.name,
      admin: input.teamAdminUserName ?? undefined,
    });
    return { entity };
  },
  createInvite: async (_source, { input }: { input: InviteInput }, { caller, services }) => {
    const { username, email, entityName } = input;
    const invited = username ? { username } : email ? { email } : undefined;
    if (!invited) throw new RegistryError('INVALID_INPUT', 'An invitation needs a username or an e-mail address.');
    const role = input.admin ? 'admin' : 'member';
    const { member, invitation } = await services.invitations.invite(caller, entityName, invited, role);
    return { invite: member ? memberInvite(member) : invitation && pendingInvite(invitation) };
  },
  deleteInvite: async (
    _source,
    { input }: { input: { id?: string | null; entityName?: string | null } },
    { caller, services },
  ) => {
    const entity = input.entityName ?? '';
    const invitation = decodeId('Invite', input.id ?? '');
    if (invitation !== undefined) {
      await services.invitations.withdraw(caller, entity, invitation);
      return { success: true };
    }
    const userId = requireId('User', input.id ?? '', 'member');
    const { items } = await services.members.listMembers(caller, 'team', entity);
    const member = items.find(one => one.userId === userId);
    if (!member) throw new RegistryError('NOT_FOUND', 'There is no such member.');
    await services.members.removeMember(caller, 'team', entity, member.username);
    return { success: true };
  },
  createServiceAccount: async (
    _source,
    { input }: { input: { entityName: string; description: string } },
    { caller, apiKey, services },
  ) => {
    const name = input.description;
    return { user: userNode(await services.serviceAccounts.create(caller, input.entityName, { name }, apiKey)) };
  },
  generateApiKey: async (_source, { input }: { input: { description?: string | null } }, { caller, services }) => {
    const { key, secret } = await services.apiKeys.createKey(caller, caller.principal.username, {
      name: input.description || undefined,
    });
    // The one time that `name` is the key itself, as the client expects it.
    return { apiKey: { id: encodeId('ApiKey', key.id), name: secret, description: key.name } };
  },
  deleteApiKey: async (_source, { input }: { input: { id: string } }, { caller, services }) => {
    await services.apiKeys.revokeKey(caller, caller.principal.username, requireId('ApiKey', input.id, 'API key'));
    return { success: true };
  },
};

/** Whoever is known is a member already; the id is the one by which the client removes the member. */
function memberInvite({ userId, username, name, email, createdAt }: Member) {
  const toUser = { id: userId, username, name };
  return { id: encodeId('User', userId), name: username, email, createdAt, toUser };
}

function pendingInvite({ id, email, createdAt }: Invitation) {
  return { id: encodeId('Invite', id), name: email, email, createdAt, toUser: null };
}

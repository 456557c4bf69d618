import { RegistryError } from '../../../domain/registry-error.ts';
import type { Fields } from '../graphql/fields.ts';
import { encodeId } from '../ids.ts';
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
    const user = await services.accounts.createUser(caller, {
      username,
      email: input.email,
      admin: input.admin ?? false,
    });
    return { user: userNode(user) };
  },
  updateUser: async (_source, { input }: { input: { defaultEntity?: string | null } }, { caller, services }) => {
    const changes = { defaultEntity: input.defaultEntity ?? undefined };
    return { user: userNode(await services.accounts.updateUser(caller, caller.principal.username, changes)) };
  },
  createTeam: async (
    _source,
    { input }: { input: { teamName: string; teamAdminUserName?: string | null } },
    context,
  ) => {
    const organization = await meantOrganization(context);
    const entity = await context.services.accounts.createTeam(context.caller, {
      name: input.teamName,
      organization: organization.name,
      admin: input.teamAdminUserName ?? undefined,
    });
    return { entity };
  },
  createInvite: async (_source, { input }: { input: InviteInput }, { caller, services }) => {
    if (!input.username) {
      throw new RegistryError(
        'NOT_SUPPORTED',
        'This server sends no mail: invite a person who has an account, by username (createInvite).',
      );
    }
    const role = input.admin ? 'admin' : 'member';
    const member = await services.accounts.setMember(caller, 'team', input.entityName, input.username, role);
    const toUser = { id: member.userId, username: member.username, name: member.name };
    return {
      invite: {
        id: encodeId('User', member.userId),
        name: member.username,
        email: member.email,
        createdAt: member.createdAt,
        toUser,
      },
    };
  },
  deleteInvite: async (
    _source,
    { input }: { input: { id?: string | null; entityName?: string | null } },
    { caller, services },
  ) => {
    const userId = requireId('User', input.id ?? '', 'member');
    const entity = input.entityName ?? '';
    const { items } = await services.accounts.listMembers(caller, 'team', entity);
    const member = items.find(one => one.userId === userId);
    if (!member) throw new RegistryError('NOT_FOUND', 'There is no such member.');
    await services.accounts.removeMember(caller, 'team', entity, member.username);
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
    const { key, secret } = await services.accounts.createKey(caller, caller.principal.username, {
      name: input.description || undefined,
    });
    // The one time that `name` is the key itself, as the client expects it.
    return { apiKey: { id: encodeId('ApiKey', key.id), name: secret, description: key.name } };
  },
  deleteApiKey: async (_source, { input }: { input: { id: string } }, { caller, services }) => {
    await services.accounts.revokeKey(caller, caller.principal.username, requireId('ApiKey', input.id, 'API key'));
    return { success: true };
  },
};

import type { Entity, Member, User } from '../../../domain/accounts.ts';
import type { Invitation } from '../../../domain/invitations.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { organizationIds } from '../../../services/entities.ts';
import { connection, emptyConnection, type PageArguments, pageRequest, slice } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { encodeId } from '../ids.ts';
import { orNull } from './nodes.ts';
import { visibleProjects } from './registries.ts';

/** A user as shown: everything of the caller's own and to administrators, the names only of others. */
export interface UserNode {
  id: number;
  username: string;
  name: string;
  /** absent of a person who stands behind something */
  account?: User;
}

export const accountQueries: Fields<undefined> = {
  viewer: async (_source, _args, context) => {
    const { user } = await context.services.users.viewer(context.caller);
    return userNode(user);
  },
  users: async (_source, { query }: { query?: string | null }, context) => {
    const page = await context.services.users.listUsers(context.caller, { limit: 100 }, query ?? undefined);
    return connection(page, userNode);
  },
  entity: async (_source, { name }: { name?: string | null }, context) => {
    const found = await context.services.access.findEntity(
      context.caller,
      name || context.caller.principal.defaultEntity,
    );
    return found?.entity ?? null;
  },
  organization: async (_source, { name }: { name: string }, context) =>
    orNull(context.services.entities.getEntity(context.caller, 'organization', name)),
};

export function userNode(user: User): UserNode {
  return { id: user.id, username: user.username, name: user.name, account: user };
}

const user: Fields<UserNode> = {
  id: ({ id }) => encodeId('User', id),
  name: ({ name }) => name,
  username: ({ username }) => username,
  email: ({ account }) => account?.email ?? null,
  admin: ({ account }) => account?.admin ?? null,
  flags: () => '{}',
  entity: ({ account }) => account?.defaultEntity ?? null,
  deletedAt: () => null,
  apiKeys: async ({ account }, _args, { caller, services }) => {
    if (!account) return null;
    const keys = await services.apiKeys.listKeys(caller, account.username);
    // The keys themselves are not kept: what tells them apart is shown in their place.
    return {
      edges: keys.map(({ id, name, hint }) => ({
        node: { id: encodeId('ApiKey', id), name: hint, description: name },
      })),
    };
  },
  teams: async ({ account }, _args, context) => {
    if (!account) return null;
    // A service account has no place of its own to log to but its team.
    const personal = account.serviceTeamId === null ? await context.load.entity.load(account.id) : undefined;
    const teams = await membershipEntities(context, account, 'team');
    return { edges: [...(personal ? [personal] : []), ...teams].map(node => ({ node })) };
  },
  organizations: async ({ account }, _args, context) =>
    account ? membershipEntities(context, account, 'organization') : [],
  projects: async ({ account }, args: PageArguments, context) => {
    if (!account) return emptyConnection;
    const personal = await context.load.entity.load(account.id);
    const teams = await membershipEntities(context, account, 'team');
    const organizations = await membershipEntities(context, account, 'organization');
    const owners = [...(personal ? [personal] : []), ...teams, ...organizations];
    const all = await Promise.all(owners.map(owner => visibleProjects(context, owner, null)));
    return connection(slice(all.flat(), pageRequest(args)), node => node);
  },
};

async function membershipEntities(
  context: RequestContext,
  { id }: User,
  kind: 'team' | 'organization',
): Promise<Entity[]> {
  const { caller, load, services } = context;
  if (id !== caller.principal.userId) return [];
  const { memberships } = await services.users.viewer(caller);
  const own = memberships.filter(one => one.kind === kind).map(({ entityId }) => entityId);
  // Being in a team implies being in its organization.
  const ids = kind === 'organization' ? [...new Set([...own, ...organizationIds(caller)])] : own;
  const found = await Promise.all(ids.map(one => load.entity.load(one)));
  return found.flatMap(entity => (entity ? [entity] : []));
}

const entity: Fields<Entity> = {
  id: ({ id }) => encodeId('Entity', id),
  name: ({ name }) => name,
  available: () => false,
  photoUrl: () => null,
  readOnly: () => false,
  readOnlyAdmin: () => false,
  isTeam: ({ kind }) => kind === 'team',
  entityType: ({ kind }) => kind,
  privateOnly: () => false,
  storageBytes: (source, _args, { services }) => services.entities.storedBytes(source),
  codeSavingEnabled: () => false,
  defaultAccess: () => 'PRIVATE',
  isPaid: () => true,
  limits: () => '{}',
  xxhashDigestsEnabled: () => false,
  coreWeaveOrganizationId: () => null,
  members: async (source, _args, { caller, apiKey, services }) => {
    if (source.kind === 'user') return [];
    const { items } = await services.members.listMembers(caller, source.kind, source.name);
    const firstKeys = await services.serviceAccounts.firstKeys(apiKey, items);
    const nodes = (all: Member[]) => all.map(member => memberNode(member, firstKeys.get(member.userId) ?? null));
    const accounts = items.filter(({ serviceAccount }) => serviceAccount);
    // `Team.create_service_account` takes the last member for the one it made.
    accounts.sort((a, b) => a.createdAt - b.createdAt || a.userId - b.userId);
    return [
      ...nodes(items.filter(({ serviceAccount }) => !serviceAccount)),
      ...(await services.invitations.pending(caller, source)).map(invitationNode),
      ...nodes(accounts),
    ];
  },
  organization: ({ organizationId }, _args, { load }) =>
    organizationId === null ? null : load.entity.load(organizationId),
  user: async ({ kind, name }, _args, { caller, services }) => {
    if (kind !== 'user') return null;
    const found = await orNull(services.users.getUser(caller, name));
    return found && userNode(found);
  },
  project: async (source, { name }: { name?: string | null }, { caller, services }) =>
    (await services.access.findProject(caller, source.name, name ?? '')) ?? null,
};

function memberNode({ userId, username, name, email, role, serviceAccount }: Member, apiKey: string | null) {
  return {
    id: encodeId('User', userId),
    admin: role === 'admin',
    role,
    pending: false,
    email,
    username,
    name,
    photoUrl: null,
    accountType: serviceAccount ? 'SERVICE' : role.toUpperCase(),
    apiKey,
  };
}

/** An invitation that waits stands among the members, and is deleted like one. */
function invitationNode({ id, email, role }: Invitation) {
  return {
    id: encodeId('Invite', id),
    admin: role === 'admin',
    role,
    pending: true,
    email,
    username: null,
    name: email,
    photoUrl: null,
    accountType: role.toUpperCase(),
    apiKey: null,
  };
}

const organization: Fields<Entity> = {
  id: ({ id }) => encodeId('Organization', id),
  name: ({ displayName }) => displayName,
  orgEntity: source => source,
  coreWeaveOrganizationId: () => null,
  advancedRegistryFeatures: () => ({ advancedSearch: false }),
  featureFlags: () => [{ rampKey: 'automation_entity_scope', isEnabled: true }],
};

export const accountTypes: Resolvers = { User: user, Entity: entity, Organization: organization };

/**
 * The organization a caller means without naming one: that of the default entity, or the only one there is.
 * @throws RegistryError `AMBIGUOUS_ADDRESS`, `NOT_FOUND`
 */
export async function meantOrganization({ caller, load, services }: RequestContext): Promise<Entity> {
  const home = await services.access.findEntity(caller, caller.principal.defaultEntity);
  const ids = home?.entity.organizationId ? [home.entity.organizationId] : organizationIds(caller);
  const found = (await Promise.all(ids.map(id => load.entity.load(id)))).flatMap(one => one ?? []);
  const [only, ...others] = found;
  if (!only)
    throw new RegistryError('NOT_FOUND', 'You belong to no organization; ask an administrator to add you to one.');
  if (others.length > 0) {
    const names = found.map(({ name }) => name).join(', ');
    throw new RegistryError(
      'AMBIGUOUS_ADDRESS',
      `You belong to several organizations: ${names}. Make a team of one of them your default entity, or use the REST API.`,
    );
  }
  return only;
}

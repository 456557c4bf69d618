import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage, wholePage } from '../cursor.ts';
import { readId } from '../ids.ts';
import { renderApiKey, renderOrganization, renderTeam, renderUser, renderViewer } from '../render/people.ts';

export function viewerHandlers({ accounts }: Services): GroupHandlers<'viewer'> {
  return {
    get: async ({ caller }) => {
      const { user, memberships } = await accounts.viewer(caller);
      return renderViewer(user, memberships);
    },
  };
}

export function userHandlers({ accounts }: Services): GroupHandlers<'users'> {
  return {
    list: async ({ caller, query }) =>
      renderPage('users', await accounts.listUsers(caller, pageRequest('users', query), query.query), renderUser),
    create: async ({ caller, body }) => renderUser(await accounts.createUser(caller, body)),
    get: async ({ caller, params }) => renderUser(await accounts.getUser(caller, params.username)),
    update: async ({ caller, params, body }) => renderUser(await accounts.updateUser(caller, params.username, body)),
    disable: async ({ caller, params }) => accounts.disableUser(caller, params.username),
  };
}

export function apiKeyHandlers({ accounts }: Services): GroupHandlers<'apiKeys'> {
  return {
    list: async ({ caller, params }) => wholePage((await accounts.listKeys(caller, params.username)).map(renderApiKey)),
    create: async ({ caller, params, body }) => {
      const { key, secret } = await accounts.createKey(caller, params.username, body);
      return { ...renderApiKey(key), secret };
    },
    get: async ({ caller, params }) =>
      renderApiKey(await accounts.getKey(caller, params.username, readId(params.id, 'API key'))),
    revoke: async ({ caller, params }) => accounts.revokeKey(caller, params.username, readId(params.id, 'API key')),
  };
}

export function organizationHandlers({ accounts }: Services): GroupHandlers<'organizations'> {
  const kind = 'organization';
  return {
    list: async ({ caller, query }) =>
      renderPage(
        'organizations',
        await accounts.listEntities(caller, kind, pageRequest('organizations', query)),
        renderOrganization,
      ),
    create: async ({ caller, body }) => renderOrganization(await accounts.createOrganization(caller, body)),
    get: async ({ caller, params }) => renderOrganization(await accounts.getEntity(caller, kind, params.organization)),
    update: async ({ caller, params, body }) =>
      renderOrganization(await accounts.updateEntity(caller, kind, params.organization, body)),
    delete: async ({ caller, params }) => accounts.deleteEntity(caller, kind, params.organization),
  };
}

export function teamHandlers({ accounts, directory }: Services): GroupHandlers<'teams'> {
  const kind = 'team';
  const render = async (team: Parameters<typeof renderTeam>[0]) =>
    renderTeam(team, await directory.names([team.organizationId]));
  return {
    list: async ({ caller, query }) => {
      const page = await accounts.listEntities(caller, kind, pageRequest('teams', query), query.organization);
      const names = await directory.names(page.items.map(team => team.organizationId));
      return renderPage('teams', page, team => renderTeam(team, names));
    },
    create: async ({ caller, body }) => render(await accounts.createTeam(caller, body)),
    get: async ({ caller, params }) => render(await accounts.getEntity(caller, kind, params.team)),
    update: async ({ caller, params, body }) => render(await accounts.updateEntity(caller, kind, params.team, body)),
    delete: async ({ caller, params }) => accounts.deleteEntity(caller, kind, params.team),
  };
}

export function serviceAccountHandlers({ serviceAccounts }: Services): GroupHandlers<'serviceAccounts'> {
  return {
    create: async ({ caller, params, body }) => renderUser(await serviceAccounts.create(caller, params.team, body)),
  };
}

import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage, wholePage } from '../cursor.ts';
import { readId } from '../ids.ts';
import { renderApiKey, renderOrganization, renderTeam, renderUser, renderViewer } from '../render/people.ts';

export function viewerHandlers({ users }: Services): GroupHandlers<'viewer'> {
  return {
    get: async ({ caller }) => {
      const { user, memberships } = await users.viewer(caller);
      return renderViewer(user, memberships);
    },
  };
}

export function userHandlers({ users }: Services): GroupHandlers<'users'> {
  return {
    list: async ({ caller, query }) =>
      renderPage('users', await users.listUsers(caller, pageRequest('users', query), query.query), renderUser),
    create: async ({ caller, body }) => renderUser(await users.createUser(caller, body)),
    get: async ({ caller, params }) => renderUser(await users.getUser(caller, params.username)),
    update: async ({ caller, params, body }) => renderUser(await users.updateUser(caller, params.username, body)),
    disable: async ({ caller, params }) => users.disableUser(caller, params.username),
  };
}

export function apiKeyHandlers({ apiKeys }: Services): GroupHandlers<'apiKeys'> {
  return {
    list: async ({ caller, params }) => wholePage((await apiKeys.listKeys(caller, params.username)).map(renderApiKey)),
    create: async ({ caller, params, body }) => {
      const { key, secret } = await apiKeys.createKey(caller, params.username, body);
      return { ...renderApiKey(key), secret };
    },
    get: async ({ caller, params }) =>
      renderApiKey(await apiKeys.getKey(caller, params.username, readId(params.id, 'API key'))),
    revoke: async ({ caller, params }) => apiKeys.revokeKey(caller, params.username, readId(params.id, 'API key')),
  };
}

export function organizationHandlers({ entities }: Services): GroupHandlers<'organizations'> {
  const kind = 'organization';
  return {
    list: async ({ caller, query }) =>
      renderPage(
        'organizations',
        await entities.listEntities(caller, kind, pageRequest('organizations', query)),
        renderOrganization,
      ),
    create: async ({ caller, body }) => renderOrganization(await entities.createOrganization(caller, body)),
    get: async ({ caller, params }) => renderOrganization(await entities.getEntity(caller, kind, params.organization)),
    update: async ({ caller, params, body }) =>
      renderOrganization(await entities.updateEntity(caller, kind, params.organization, body)),
    delete: async ({ caller, params }) => entities.deleteEntity(caller, kind, params.organization),
  };
}

export function teamHandlers({ entities, directory }: Services): GroupHandlers<'teams'> {
  const kind = 'team';
  const render = async (team: Parameters<typeof renderTeam>[0]) =>
    renderTeam(team, await directory.names([team.organizationId]));
  return {
    list: async ({ caller, query }) => {
      const page = await entities.listEntities(caller, kind, pageRequest('teams', query), query.organization);
      const names = await directory.names(page.items.map(team => team.organizationId));
      return renderPage('teams', page, team => renderTeam(team, names));
    },
    create: async ({ caller, body }) => render(await entities.createTeam(caller, body)),
    get: async ({ caller, params }) => render(await entities.getEntity(caller, kind, params.team)),
    update: async ({ caller, params, body }) => render(await entities.updateEntity(caller, kind, params.team, body)),
    delete: async ({ caller, params }) => entities.deleteEntity(caller, kind, params.team),
  };
}

export function serviceAccountHandlers({ serviceAccounts }: Services): GroupHandlers<'serviceAccounts'> {
  return {
    create: async ({ caller, params, body }) => renderUser(await serviceAccounts.create(caller, params.team, body)),
  };
}

import type { Caller } from '../../../services/caller.ts';
import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { readId } from '../ids.ts';
import { renderIntegration } from '../render/integration.ts';

export function integrationHandlers({ entities, integrations }: Services): GroupHandlers<'integrations'> {
  const nameOf = async (caller: Caller, team: string) => (await entities.getEntity(caller, 'team', team)).name;
  return {
    list: async ({ caller, params, query }) =>
      renderPage(
        'integrations',
        await integrations.list(caller, await nameOf(caller, params.team), pageRequest('integrations', query)),
        renderIntegration,
      ),
    create: async ({ caller, params, body }) =>
      renderIntegration(await integrations.create(caller, await nameOf(caller, params.team), body)),
    get: async ({ caller, params }) =>
      renderIntegration(
        await integrations.get(caller, await nameOf(caller, params.team), readId(params.id, 'integration')),
      ),
    delete: async ({ caller, params }) =>
      integrations.delete(caller, await nameOf(caller, params.team), readId(params.id, 'integration')),
  };
}

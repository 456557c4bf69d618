import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { renderMember } from '../render/people.ts';

export function organizationMemberHandlers(services: Services): GroupHandlers<'organizationMembers'> {
  const { list, get, set, update, remove } = memberHandlers(services, 'organization');
  return {
    list: call => list({ ...call, name: call.params.organization }),
    get: call => get({ ...call, name: call.params.organization }),
    set: call => set({ ...call, name: call.params.organization }),
    update: call => update({ ...call, name: call.params.organization }),
    remove: call => remove({ ...call, name: call.params.organization }),
  };
}

export function teamMemberHandlers(services: Services): GroupHandlers<'teamMembers'> {
  const { list, get, set, update, remove } = memberHandlers(services, 'team');
  return {
    list: call => list({ ...call, name: call.params.team }),
    get: call => get({ ...call, name: call.params.team }),
    set: call => set({ ...call, name: call.params.team }),
    update: call => update({ ...call, name: call.params.team }),
    remove: call => remove({ ...call, name: call.params.team }),
  };
}

type List = Parameters<GroupHandlers<'teamMembers'>['list']>[0];
type One = Parameters<GroupHandlers<'teamMembers'>['set']>[0];
type Named<T, Fields extends keyof T> = Pick<T, Fields> & { name: string };
type OfOne<Fields extends keyof One = 'caller'> = Named<One, Fields | 'caller'> & { params: { username: string } };

function memberHandlers({ members }: Services, kind: 'organization' | 'team') {
  const listName = `${kind}-members`;
  return {
    list: async ({ caller, name, query }: Named<List, 'caller' | 'query'>) =>
      renderPage(listName, await members.listMembers(caller, kind, name, pageRequest(listName, query)), renderMember),
    get: async ({ caller, name, params }: OfOne) =>
      renderMember(await members.getMember(caller, kind, name, params.username)),
    set: async ({ caller, name, params, body }: OfOne<'body'>) =>
      renderMember(await members.setMember(caller, kind, name, params.username, body.role)),
    update: async ({ caller, name, params, body }: OfOne<'body'>) => {
      const { username } = await members.getMember(caller, kind, name, params.username);
      return renderMember(await members.setMember(caller, kind, name, username, body.role));
    },
    remove: async ({ caller, name, params }: OfOne) => members.removeMember(caller, kind, name, params.username),
  };
}

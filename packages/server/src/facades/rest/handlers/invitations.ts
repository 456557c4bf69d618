import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { readId } from '../ids.ts';
import { renderInvitation, renderMember } from '../render/people.ts';

export function invitationHandlers({ invitations }: Services): GroupHandlers<'invitations'> {
  return {
    list: async ({ caller, params, query }) =>
      renderPage(
        'invitations',
        await invitations.list(caller, params.team, pageRequest('invitations', query)),
        renderInvitation,
      ),
    create: async ({ caller, params, body: { email, role } }) => {
      const { member, invitation } = await invitations.invite(caller, params.team, { email }, role);
      return { member: member && renderMember(member), invitation: invitation && renderInvitation(invitation) };
    },
    withdraw: async ({ caller, params }) => invitations.withdraw(caller, params.team, readId(params.id, 'invitation')),
  };
}

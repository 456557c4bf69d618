import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { invitation, member } from '../schemas/people.ts';
import { memberRole } from '../schemas/primitives.ts';
import { team } from './params.ts';

const manage = { kind: 'entity', action: 'entity.members' } as const;

export const invitationEndpoints = {
  list: endpoint({
    id: 'listInvitations',
    method: 'GET',
    path: '/teams/{team}/invitations',
    summary: 'Invitations that wait',
    params: { team },
    query: pageQuery,
    answer: pageOf(invitation),
    rule: manage,
  }),
  create: endpoint({
    id: 'createInvitation',
    method: 'POST',
    path: '/teams/{team}/invitations',
    summary: 'Invite somebody by e-mail address',
    description:
      'Nothing is sent. A user with this address is a member at once; otherwise the invitation waits until an ' +
      'administrator of the server makes one. Upper and lower case do not matter.',
    params: { team },
    body: z.strictObject({ email: z.string(), role: memberRole.default('member') }),
    bodyExample: { email: 'grace@example.com' },
    answer: z.object({
      member: member.nullable().describe('Whom it made a member.'),
      invitation: invitation.nullable().describe('What waits.'),
    }),
    rule: manage,
    errors: ['ALREADY_EXISTS', 'CONFLICT'],
  }),
  withdraw: endpoint({
    id: 'withdrawInvitation',
    method: 'DELETE',
    path: '/teams/{team}/invitations/{id}',
    summary: 'Withdraw an invitation',
    params: { team, id: z.string() },
    rule: manage,
  }),
};

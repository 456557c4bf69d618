import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { member } from '../schemas/people.ts';
import { memberRole, username } from '../schemas/primitives.ts';
import * as params from './params.ts';

const manage = { kind: 'entity', action: 'entity.members' } as const;
const read = { kind: 'entity', action: 'entity.read' } as const;

/** The members of an organization and of a team are alike. */
function memberEndpoints<const Of extends z.ZodRawShape>(what: 'Organization' | 'Team', path: string, of: Of) {
  const one = { ...of, username };
  const role = z.strictObject({ role: memberRole });
  const words = what.toLowerCase();
  return {
    list: endpoint({
      id: `list${what}Members`,
      method: 'GET',
      path: `${path}/members`,
      summary: `Members of the ${words}`,
      params: of,
      query: pageQuery,
      answer: pageOf(member),
      rule: read,
    }),
    get: endpoint({
      id: `get${what}Member`,
      method: 'GET',
      path: `${path}/members/{username}`,
      summary: 'One member',
      params: one,
      answer: member,
      rule: read,
    }),
    set: endpoint({
      id: `set${what}Member`,
      method: 'PUT',
      path: `${path}/members/{username}`,
      summary: `Add a member to the ${words}, or change the role`,
      params: one,
      body: role,
      bodyExample: { role: 'member' },
      answer: member,
      rule: manage,
      errors: ['CONFLICT'],
    }),
    update: endpoint({
      id: `update${what}Member`,
      method: 'PATCH',
      path: `${path}/members/{username}`,
      summary: 'Change the role of a member',
      params: one,
      body: role,
      bodyExample: { role: 'viewer' },
      answer: member,
      rule: manage,
      errors: ['CONFLICT'],
    }),
    remove: endpoint({
      id: `remove${what}Member`,
      method: 'DELETE',
      path: `${path}/members/{username}`,
      summary: `Remove a member from the ${words}, or leave it`,
      description: what === 'Organization' ? 'Leaving an organization is leaving its teams.' : undefined,
      params: one,
      rule: manage,
      errors: ['CONFLICT'],
    }),
  };
}

export const organizationMemberEndpoints = memberEndpoints('Organization', '/organizations/{organization}', {
  organization: params.organization,
});
export const teamMemberEndpoints = memberEndpoints('Team', '/teams/{team}', {
  team: params.team,
});

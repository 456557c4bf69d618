import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { apiKey, newApiKey, organization, team, user, viewer } from '../schemas/people.ts';
import { username } from '../schemas/primitives.ts';
import * as params from './params.ts';

const manageUsers = { kind: 'instance', action: 'users.manage' } as const;
const self = { kind: 'self' } as const;
const ofUser = { username };

export const viewerEndpoints = {
  get: endpoint({
    id: 'getViewer',
    method: 'GET',
    path: '/viewer',
    summary: 'The user behind the key',
    answer: viewer,
    rule: { kind: 'signed-in' },
  }),
};

export const userEndpoints = {
  list: endpoint({
    id: 'listUsers',
    method: 'GET',
    path: '/users',
    summary: 'Users by username',
    query: {
      ...pageQuery,
      query: z.string().max(256).optional().describe('Part of the username, the name or the email.'),
    },
    answer: pageOf(user),
    rule: manageUsers,
  }),
  create: endpoint({
    id: 'createUser',
    method: 'POST',
    path: '/users',
    summary: 'A user with a personal entity of the same name',
    description:
      'The personal entity is the default entity. The user joins no organization unless one is given, or a team has invited ' +
      'the address.',
    body: z.strictObject({
      username,
      email: z.string().nullable().optional(),
      name: z.string().optional(),
      admin: z.boolean().optional(),
      organization: z.string().optional().describe('Joins this organization as a member.'),
    }),
    bodyExample: { username: 'ada', email: 'ada@example.com', organization: 'weighhouse' },
    answer: user,
    rule: manageUsers,
    errors: ['INVALID_NAME', 'NAME_RESERVED', 'ALREADY_EXISTS'],
  }),
  get: endpoint({
    id: 'getUser',
    method: 'GET',
    path: '/users/{username}',
    summary: 'One user',
    params: ofUser,
    answer: user,
    rule: self,
  }),
  update: endpoint({
    id: 'updateUser',
    method: 'PATCH',
    path: '/users/{username}',
    summary: 'Change a user',
    description:
      'Only an administrator of the server changes `email`, `admin` and `disabled`. The last administrator stays one.',
    params: ofUser,
    body: z.strictObject({
      email: z.string().nullable().optional(),
      name: z.string().optional(),
      admin: z.boolean().optional(),
      disabled: z.boolean().optional(),
      defaultEntity: z.string().optional().describe('The username itself, or a team of the user.'),
    }),
    bodyExample: { defaultEntity: 'research' },
    answer: user,
    rule: self,
    errors: ['INVALID_NAME', 'CONFLICT'],
  }),
  disable: endpoint({
    id: 'disableUser',
    method: 'DELETE',
    path: '/users/{username}',
    summary: 'Disable a user',
    description: 'The keys stop working; name and versions stay. `PATCH` with `disabled: false` brings the user back.',
    params: ofUser,
    rule: manageUsers,
    errors: ['CONFLICT'],
  }),
};

const ofKey = { username, id: z.string() };

export const apiKeyEndpoints = {
  list: endpoint({
    id: 'listApiKeys',
    method: 'GET',
    path: '/users/{username}/api-keys',
    summary: "A user's API keys",
    description: 'A user has at most 100; they come on one page.',
    params: ofUser,
    answer: pageOf(apiKey),
    rule: self,
  }),
  create: endpoint({
    id: 'createApiKey',
    method: 'POST',
    path: '/users/{username}/api-keys',
    summary: 'Make an API key, or import one',
    description: 'The secret is in this answer and nowhere else: only its hash is kept.',
    params: ofUser,
    body: z
      .strictObject({
        name: z.string().optional(),
        secret: z.string().optional().describe('Import this key: 40 to 256 printable ASCII characters without spaces.'),
      })
      .default({}),
    bodyExample: { name: 'laptop' },
    answer: newApiKey,
    shownOnce: ['secret'],
    rule: self,
    errors: ['ALREADY_EXISTS', 'CONFLICT'],
  }),
  get: endpoint({
    id: 'getApiKey',
    method: 'GET',
    path: '/users/{username}/api-keys/{id}',
    summary: 'One API key',
    params: ofKey,
    answer: apiKey,
    rule: self,
  }),
  revoke: endpoint({
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/users/{username}/api-keys/{id}',
    summary: 'Revoke an API key, for ever',
    params: ofKey,
    rule: self,
  }),
};

const ofOrganization = { organization: params.organization };
const changes = z.strictObject({
  name: z.string().optional().describe('The old name stays reserved and leads here.'),
  displayName: z.string().optional(),
});

export const organizationEndpoints = {
  list: endpoint({
    id: 'listOrganizations',
    method: 'GET',
    path: '/organizations',
    summary: 'Your organizations',
    description: 'An administrator of the server sees all.',
    query: pageQuery,
    answer: pageOf(organization),
    rule: { kind: 'signed-in' },
  }),
  create: endpoint({
    id: 'createOrganization',
    method: 'POST',
    path: '/organizations',
    summary: 'An organization with its core registries',
    body: z.strictObject({
      name: username,
      admin: username.describe('Its first admin.'),
      displayName: z.string().optional(),
    }),
    bodyExample: { name: 'acme', admin: 'ada' },
    answer: organization,
    rule: { kind: 'instance', action: 'organizations.create' },
    errors: ['INVALID_NAME', 'NAME_RESERVED', 'ALREADY_EXISTS'],
  }),
  get: endpoint({
    id: 'getOrganization',
    method: 'GET',
    path: '/organizations/{organization}',
    summary: 'One organization',
    params: ofOrganization,
    answer: organization,
    rule: { kind: 'entity', action: 'entity.read' },
  }),
  update: endpoint({
    id: 'updateOrganization',
    method: 'PATCH',
    path: '/organizations/{organization}',
    summary: 'Rename an organization',
    params: ofOrganization,
    body: changes,
    bodyExample: { displayName: 'Acme' },
    answer: organization,
    rule: { kind: 'entity', action: 'entity.edit' },
    errors: ['INVALID_NAME', 'ALREADY_EXISTS'],
  }),
  delete: endpoint({
    id: 'deleteOrganization',
    method: 'DELETE',
    path: '/organizations/{organization}',
    summary: 'Delete an empty organization',
    params: ofOrganization,
    rule: { kind: 'entity', action: 'entity.delete' },
    errors: ['NOT_EMPTY'],
  }),
};

const ofTeam = { team: params.team };

export const teamEndpoints = {
  list: endpoint({
    id: 'listTeams',
    method: 'GET',
    path: '/teams',
    summary: 'Your teams, or those of an organization',
    query: { ...pageQuery, organization: z.string().optional() },
    answer: pageOf(team),
    rule: { kind: 'signed-in' },
  }),
  create: endpoint({
    id: 'createTeam',
    method: 'POST',
    path: '/teams',
    summary: 'A team in an organization',
    body: z.strictObject({
      name: username,
      organization: z.string(),
      admin: username.optional().describe('Its first admin. Without one, you.'),
      displayName: z.string().optional(),
    }),
    bodyExample: { name: 'vision', organization: 'weighhouse', admin: 'ada' },
    answer: team,
    rule: { kind: 'entity', action: 'team.create' },
    errors: ['INVALID_NAME', 'NAME_RESERVED', 'ALREADY_EXISTS'],
  }),
  get: endpoint({
    id: 'getTeam',
    method: 'GET',
    path: '/teams/{team}',
    summary: 'One team',
    params: ofTeam,
    answer: team,
    rule: { kind: 'entity', action: 'entity.read' },
  }),
  update: endpoint({
    id: 'updateTeam',
    method: 'PATCH',
    path: '/teams/{team}',
    summary: 'Rename a team',
    params: ofTeam,
    body: changes,
    bodyExample: { displayName: 'Computer vision' },
    answer: team,
    rule: { kind: 'entity', action: 'entity.edit' },
    errors: ['INVALID_NAME', 'ALREADY_EXISTS'],
  }),
  delete: endpoint({
    id: 'deleteTeam',
    method: 'DELETE',
    path: '/teams/{team}',
    summary: 'Delete an empty team',
    params: ofTeam,
    rule: { kind: 'entity', action: 'entity.delete' },
    errors: ['NOT_EMPTY'],
  }),
};

export const serviceAccountEndpoints = {
  create: endpoint({
    id: 'createServiceAccount',
    method: 'POST',
    path: '/teams/{team}/service-accounts',
    summary: 'A service account of a team',
    description:
      'The account of a program that works for this team and no other. Admins of the team make and revoke its keys ' +
      '(`/users/{username}/api-keys`) and find it among the members; removed from there it is disabled.',
    params: ofTeam,
    body: z.strictObject({
      name: z.string().describe('What it is for.'),
      role: z.enum(['member', 'admin']).default('member'),
    }),
    bodyExample: { name: 'continuous integration' },
    answer: user,
    rule: { kind: 'entity', action: 'entity.members' },
    errors: ['INVALID_NAME'],
  }),
};

import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { registryRole, username } from '../schemas/primitives.ts';
import { registry, registryMember, registryTeam, visibility } from '../schemas/project.ts';
import { organization, registryParams as params } from './params.ts';

const path = '/registries/{organization}/{registry}';
const read = { kind: 'project', action: 'project.read' } as const;
const settings = { kind: 'project', action: 'project.settings' } as const;
const manage = { kind: 'project', action: 'members.manage' } as const;
const description = z.string().max(100_000).nullable().optional();
const ofMember = { ...params, username };
const ofTeam = { ...params, team: z.string() };
const role = z.strictObject({ role: registryRole });

export const registryEndpoints = {
  list: endpoint({
    id: 'listRegistries',
    method: 'GET',
    path: '/registries/{organization}',
    summary: 'Registries of an organization',
    params: { organization },
    query: pageQuery,
    answer: pageOf(registry),
    rule: { kind: 'entity', action: 'entity.read' },
  }),
  create: endpoint({
    id: 'createRegistry',
    method: 'POST',
    path: '/registries/{organization}',
    summary: 'Create a registry',
    description: 'You become its admin.',
    params: { organization },
    body: z.strictObject({
      name: z.string().describe('With or without `wandb-registry-`.'),
      description,
      visibility: visibility.default('organization'),
      types: z
        .array(z.string())
        .max(1000)
        .nullable()
        .optional()
        .describe('Artifact types it takes; left out or null: all.'),
    }),
    bodyExample: { name: 'speech', types: ['model'] },
    answer: registry,
    rule: { kind: 'entity', action: 'registry.create' },
    errors: ['INVALID_NAME', 'ALREADY_EXISTS'],
  }),
  get: endpoint({
    id: 'getRegistry',
    method: 'GET',
    path,
    summary: 'One registry',
    params,
    answer: registry,
    rule: read,
  }),
  update: endpoint({
    id: 'updateRegistry',
    method: 'PATCH',
    path,
    summary: 'Rename, describe or configure a registry',
    description: 'Types can be added, never taken away. Names and visibility of the core registries are fixed.',
    params,
    body: z.strictObject({
      name: z.string().optional().describe('The old name stays reserved and leads here.'),
      description,
      visibility: visibility.optional(),
      allTypes: z.boolean().optional(),
      addTypes: z.array(z.string()).max(1000).optional(),
    }),
    bodyExample: { description: 'Everything that listens' },
    answer: registry,
    rule: settings,
    errors: ['INVALID_NAME', 'ALREADY_EXISTS', 'IMMUTABLE'],
  }),
  delete: endpoint({
    id: 'deleteRegistry',
    method: 'DELETE',
    path,
    summary: 'Delete a registry with its registered models',
    description: 'The linked versions stay where they were logged. Core registries stay.',
    params,
    rule: { kind: 'project', action: 'project.delete' },
    errors: ['IMMUTABLE'],
  }),
  members: endpoint({
    id: 'listRegistryMembers',
    method: 'GET',
    path: `${path}/members`,
    summary: 'People with a role of their own here',
    params,
    answer: pageOf(registryMember),
    rule: read,
  }),
  setMember: endpoint({
    id: 'setRegistryMember',
    method: 'PUT',
    path: `${path}/members/{username}`,
    summary: 'Give somebody of the organization a role',
    params: ofMember,
    body: role,
    bodyExample: { role: 'member' },
    answer: registryMember,
    rule: manage,
  }),
  removeMember: endpoint({
    id: 'removeRegistryMember',
    method: 'DELETE',
    path: `${path}/members/{username}`,
    summary: 'Take that role away',
    params: ofMember,
    rule: manage,
  }),
  teams: endpoint({
    id: 'listRegistryTeams',
    method: 'GET',
    path: `${path}/teams`,
    summary: 'Teams with a role here',
    params,
    answer: pageOf(registryTeam),
    rule: read,
  }),
  setTeam: endpoint({
    id: 'setRegistryTeam',
    method: 'PUT',
    path: `${path}/teams/{team}`,
    summary: 'Give a team of the organization a role',
    params: ofTeam,
    body: role,
    bodyExample: { role: 'member' },
    answer: registryTeam,
    rule: manage,
  }),
  removeTeam: endpoint({
    id: 'removeRegistryTeam',
    method: 'DELETE',
    path: `${path}/teams/{team}`,
    summary: 'Take that role away',
    params: ofTeam,
    rule: manage,
  }),
};

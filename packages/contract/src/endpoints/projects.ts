import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { project } from '../schemas/project.ts';
import { entity, projectParams } from './params.ts';

const path = '/projects/{entity}/{project}';
const description = z.string().max(100_000).nullable().optional();
const create = { kind: 'entity', action: 'project.create' } as const;

export const projectEndpoints = {
  list: endpoint({
    id: 'listProjects',
    method: 'GET',
    path: '/projects/{entity}',
    summary: 'Projects of a user or a team',
    params: { entity },
    query: pageQuery,
    answer: pageOf(project),
    rule: { kind: 'entity', action: 'entity.read' },
  }),
  create: endpoint({
    id: 'createProject',
    method: 'POST',
    path: '/projects/{entity}',
    summary: 'Create a project',
    description: 'Logging to a project that does not exist creates it as well.',
    params: { entity },
    body: z.strictObject({ name: z.string(), description }),
    bodyExample: { name: 'churn', description: 'Who leaves, and why' },
    answer: project,
    rule: create,
    errors: ['INVALID_NAME', 'ALREADY_EXISTS'],
  }),
  get: endpoint({
    id: 'getProject',
    method: 'GET',
    path,
    summary: 'One project',
    params: projectParams,
    answer: project,
    rule: { kind: 'project', action: 'project.read' },
  }),
  put: endpoint({
    id: 'putProject',
    method: 'PUT',
    path,
    summary: 'Create a project, or change it where it exists',
    params: projectParams,
    body: z.strictObject({ description }).default({}),
    bodyExample: { description: 'Who leaves, and why' },
    answer: project,
    otherStatus: { status: 201, means: 'It was created.' },
    rule: create,
    errors: ['INVALID_NAME'],
  }),
  update: endpoint({
    id: 'updateProject',
    method: 'PATCH',
    path,
    summary: 'Rename or describe a project',
    params: projectParams,
    body: z.strictObject({
      name: z.string().optional().describe('The old name stays reserved and leads here.'),
      description,
    }),
    bodyExample: { name: 'retention' },
    answer: project,
    rule: { kind: 'project', action: 'project.edit' },
    errors: ['INVALID_NAME', 'ALREADY_EXISTS', 'IMMUTABLE'],
  }),
  delete: endpoint({
    id: 'deleteProject',
    method: 'DELETE',
    path,
    summary: 'Delete a project without artifacts',
    params: projectParams,
    rule: { kind: 'project', action: 'project.delete' },
    errors: ['NOT_EMPTY', 'IMMUTABLE'],
  }),
};

import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { jsonObject } from '../schemas/primitives.ts';
import { run, runFile, runState } from '../schemas/run.ts';
import { versionPlace } from '../schemas/version.ts';
import { downloadHeaders, rangeHeaders } from './headers.ts';
import { filePath, projectParams } from './params.ts';

const params = {
  ...projectParams,
  run: z.string().meta({ description: 'The id in its address.', example: '8xk2m9qp' }),
};
const path = '/projects/{entity}/{project}/runs/{run}';
const read = { kind: 'project', action: 'project.read' } as const;
const write = { kind: 'project', action: 'run.write' } as const;
const text = z.string().max(65_536).optional();

const changes = z.strictObject({
  displayName: text,
  description: text,
  notes: text,
  jobType: text,
  group: text,
  program: text,
  host: text,
  commit: text,
  sweep: text,
  tags: z.array(z.string()).max(1000).optional(),
  state: runState.optional(),
  config: jsonObject.optional(),
  summary: jsonObject.optional(),
});

export const runEndpoints = {
  list: endpoint({
    id: 'listRuns',
    method: 'GET',
    path: '/projects/{entity}/{project}/runs',
    summary: 'Runs of a project, the newest first',
    params: projectParams,
    query: pageQuery,
    answer: pageOf(run),
    rule: read,
  }),
  get: endpoint({ id: 'getRun', method: 'GET', path, summary: 'One run', params, answer: run, rule: read }),
  put: endpoint({
    id: 'putRun',
    method: 'PUT',
    path,
    summary: 'Start a run, or go on with it',
    params,
    body: changes.default({}),
    bodyExample: { displayName: 'baseline', jobType: 'train', config: { lr: 0.01 } },
    answer: run,
    otherStatus: { status: 201, means: 'It was started.' },
    rule: write,
    errors: ['INVALID_NAME', 'GONE'],
  }),
  update: endpoint({
    id: 'updateRun',
    method: 'PATCH',
    path,
    summary: 'Change what is known of a run',
    params,
    body: changes,
    bodyExample: { state: 'finished', summary: { accuracy: 0.94 } },
    answer: run,
    rule: write,
  }),
  delete: endpoint({
    id: 'deleteRun',
    method: 'DELETE',
    path,
    summary: 'Delete a run',
    description: 'The versions it logged stay. Its id is never used again.',
    params,
    rule: write,
  }),
  history: endpoint({
    id: 'listRunHistory',
    method: 'GET',
    path: `${path}/history`,
    summary: 'What the run logged, line by line',
    params,
    query: pageQuery,
    answer: pageOf(z.unknown().describe('What one call of `run.log` said.')),
    rule: read,
  }),
  inputs: endpoint({
    id: 'listRunInputs',
    method: 'GET',
    path: `${path}/inputs`,
    summary: 'Versions the run used',
    params,
    query: pageQuery,
    answer: pageOf(versionPlace),
    rule: read,
  }),
  outputs: endpoint({
    id: 'listRunOutputs',
    method: 'GET',
    path: `${path}/outputs`,
    summary: 'Versions the run logged',
    params,
    query: pageQuery,
    answer: pageOf(versionPlace),
    rule: read,
  }),
  files: endpoint({
    id: 'listRunFiles',
    method: 'GET',
    path: `${path}/files`,
    summary: 'Files saved with the run',
    params,
    query: pageQuery,
    answer: pageOf(runFile),
    rule: read,
  }),
  download: endpoint({
    id: 'downloadRunFile',
    method: 'GET',
    path: `${path}/files/{path}`,
    summary: 'Download a file saved with the run',
    params: { ...params, path: filePath },
    transfer: 'download',
    otherStatus: { status: 206, means: 'The range that was asked for.' },
    requestHeaders: rangeHeaders,
    answerHeaders: downloadHeaders,
    rule: { kind: 'project', action: 'file.read' },
    errors: ['RANGE_NOT_SATISFIABLE'],
  }),
};

import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { alias, aliasMove } from '../schemas/alias.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { revisionConditions, revisionHeader } from './headers.ts';
import * as params from './params.ts';

const read = { kind: 'project', action: 'project.read' } as const;
const move = { kind: 'project', action: 'alias.move' } as const;

/** Aliases of an artifact and of a registered model are alike. */
function aliasEndpoints<const Of extends z.ZodRawShape>(what: 'Artifact' | 'Model', path: string, of: Of) {
  const one = { ...of, alias: params.alias };
  return {
    list: endpoint({
      id: `list${what}Aliases`,
      method: 'GET',
      path: `${path}/aliases`,
      summary: 'Aliases by name',
      params: of,
      query: pageQuery,
      answer: pageOf(alias),
      rule: read,
    }),
    get: endpoint({
      id: `get${what}Alias`,
      method: 'GET',
      path: `${path}/aliases/{alias}`,
      summary: 'What an alias stands for now',
      params: one,
      answer: alias,
      otherStatus: { status: 304, means: 'It still has the revision given in `If-None-Match`.' },
      requestHeaders: [{ name: 'If-None-Match', description: 'A revision you know.', example: '"3"' }],
      answerHeaders: [revisionHeader],
      rule: read,
    }),
    set: endpoint({
      id: `set${what}Alias`,
      method: 'PUT',
      path: `${path}/aliases/{alias}`,
      summary: 'Point an alias at a version',
      description:
        'Readers see the old target or the new one, never none. Each move is recorded with who, when and why.',
      params: one,
      body: z.strictObject({
        version: z.string().meta({ description: '`v3`, or another alias of this collection.', example: 'v3' }),
        reason: z.string().max(2000).nullable().optional().describe('Kept in the history.'),
      }),
      bodyExample: { version: 'v3', reason: 'passed the canary' },
      answer: alias,
      otherStatus: { status: 201, means: 'It was not set before.' },
      requestHeaders: revisionConditions,
      answerHeaders: [revisionHeader],
      rule: move,
      errors: ['INVALID_ALIAS', 'PRECONDITION_FAILED'],
    }),
    remove: endpoint({
      id: `remove${what}Alias`,
      method: 'DELETE',
      path: `${path}/aliases/{alias}`,
      summary: 'Take an alias away',
      params: one,
      requestHeaders: revisionConditions.slice(0, 1),
      rule: move,
      errors: ['PRECONDITION_FAILED'],
    }),
    history: endpoint({
      id: `list${what}AliasMoves`,
      method: 'GET',
      path: `${path}/aliases/{alias}/history`,
      summary: 'Every move of one alias, the newest first',
      params: one,
      query: pageQuery,
      answer: pageOf(aliasMove),
      rule: read,
    }),
    allHistory: endpoint({
      id: `listAll${what}AliasMoves`,
      method: 'GET',
      path: `${path}/alias-history`,
      summary: 'Every move of every alias, the newest first',
      params: of,
      query: pageQuery,
      answer: pageOf(aliasMove),
      rule: read,
    }),
  };
}

export const artifactAliasEndpoints = aliasEndpoints('Artifact', params.artifactPath, params.artifactParams);
export const modelAliasEndpoints = aliasEndpoints('Model', params.modelPath, params.modelParams);

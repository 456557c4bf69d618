import { z } from 'zod';
import { bytes, id, jsonObject, time } from './primitives.ts';

export const runState = z.enum([
  'running',
  'finished',
  'failed',
  'crashed',
  'killed',
  'preempting',
  'preempted',
  'pending',
]);

export const runReference = z
  .object({
    id,
    entity: z.string(),
    project: z.string(),
    name: z.string().describe('The id in its address.'),
    displayName: z.string(),
    state: runState,
    jobType: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'RunReference' });

export const run = runReference
  .extend({
    description: z.string().nullable(),
    notes: z.string().nullable(),
    group: z.string().nullable(),
    tags: z.array(z.string()),
    sweep: z.string().nullable(),
    program: z.string().nullable(),
    host: z.string().nullable(),
    commit: z.string().nullable(),
    config: jsonObject
      .optional()
      .describe('Not in lists. NaN and infinite numbers are the words `NaN`, `Infinity`, `-Infinity`.'),
    summary: jsonObject.optional().describe('Not in lists.'),
    user: z.string().nullable(),
    exitCode: z.int().nullable(),
    historyLines: z.int(),
    heartbeatAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Run', description: 'One execution of a training, evaluation or deployment script.' });

export const runFile = z
  .object({ name: z.string(), size: bytes, md5: z.string(), updatedAt: time })
  .meta({ id: 'RunFile' });

export const lineage = z
  .object({
    loggedBy: z.array(runReference).describe('Runs that logged it, the first one first.'),
    usedBy: z.array(runReference).describe('Runs that used it, also through links, oldest use first; paged.'),
    nextCursor: z.string().nullable().describe('Of `usedBy`.'),
  })
  .meta({ id: 'Lineage', description: 'Only runs that you may see.' });

export type RunReference = z.output<typeof runReference>;
export type Run = z.output<typeof run>;
export type RunFile = z.output<typeof runFile>;
export type Lineage = z.output<typeof lineage>;

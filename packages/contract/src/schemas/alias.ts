import { z } from 'zod';
import { id, time } from './primitives.ts';

export const alias = z
  .object({
    alias: z.string(),
    version: z.string().meta({ description: 'The number of the version it stands for.', example: 'v3' }),
    versionId: id,
    revision: z.int().describe('Grows with every move; the `ETag` is this number in quotes.'),
    updatedAt: time,
  })
  .meta({ id: 'Alias', description: 'A movable name for exactly one version.' });

const target = z.object({ version: z.string(), versionId: id }).nullable();

export const aliasMove = z
  .object({
    id,
    alias: z.string(),
    from: target.describe('Null: it was not set.'),
    to: target.describe('Null: it was taken away.'),
    revision: z.int(),
    by: z.string().nullable().describe('Username; null for the server itself.'),
    keyId: id.nullable(),
    requestId: z.string().nullable(),
    reason: z.string().nullable(),
    at: time,
  })
  .meta({ id: 'AliasMove' });

export type Alias = z.output<typeof alias>;
export type AliasMove = z.output<typeof aliasMove>;

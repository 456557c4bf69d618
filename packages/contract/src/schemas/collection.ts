import { z } from 'zod';
import { id, tagList, time } from './primitives.ts';

const shared = {
  id,
  name: z.string(),
  type: z.string().describe('Artifact type, e.g. `model`. One type each.'),
  description: z.string().nullable(),
  tags: tagList,
  address: z.string().describe('`entity/project/name`; with `:alias` or `:v3` behind it, the address of a version.'),
  createdBy: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
  versionCount: z.int().optional().describe('Only where one is read by its name.'),
};

export const artifact = z
  .object({
    ...shared,
    kind: z.enum(['artifact', 'registered_model']).describe('A project can also hold registered models.'),
    entity: z.string(),
    project: z.string(),
  })
  .meta({ id: 'Artifact', description: 'The sequence of versions logged under one name. May be empty.' });

export const registeredModel = z
  .object({ ...shared, organization: z.string(), registry: z.string() })
  .meta({ id: 'RegisteredModel', description: 'Links to versions that are candidates for one task.' });

export const collectionOrder = z
  .enum(['name', '-name', 'createdAt', '-createdAt', 'updatedAt', '-updatedAt'])
  .default('name')
  .describe('`-` turns the order round.');

export const tagsAnswer = z.object({ tags: tagList }).meta({ id: 'Tags' });

export type Artifact = z.output<typeof artifact>;
export type RegisteredModel = z.output<typeof registeredModel>;
export type CollectionOrder = z.output<typeof collectionOrder>;
export type Tags = z.output<typeof tagsAnswer>;

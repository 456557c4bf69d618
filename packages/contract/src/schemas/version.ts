import { z } from 'zod';
import { bytes, id, jsonObject, tagList, time } from './primitives.ts';

export const versionPlace = z
  .object({
    kind: z.enum(['artifact', 'registered_model']),
    entity: z.string().describe('User, team or organization.'),
    project: z.string().describe('Of a registry: `wandb-registry-<name>`.'),
    name: z.string().describe('The artifact or the registered model.'),
    version: z.string().meta({ description: 'Its number there.', example: 'v3' }),
    address: z.string().meta({ example: 'research/churn/classifier:v3' }),
  })
  .meta({
    id: 'VersionPlace',
    description: 'Where a version stands: the artifact it was logged to, or a registered model it is linked to.',
  });

export const version = versionPlace
  .extend({
    id,
    number: z.int().min(0),
    type: z.string(),
    aliases: z.array(z.string()).describe('Here, in this artifact or registered model.'),
    tags: tagList,
    source: versionPlace.nullable().describe('The artifact it was logged to; null where you may not see that project.'),
    digest: z.string().describe('MD5 over the manifest as the wandb client computes it, lower-case hex.'),
    size: bytes,
    fileCount: z.int().min(0),
    description: z.string().nullable(),
    metadata: jsonObject.optional().describe('In lists only with `include=metadata`.'),
    ttlSeconds: z.int().nullable().describe('Time to live, counted from its creation.'),
    createdBy: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
    committedAt: time,
    linkedAt: time.nullable().describe('Of a link: when it was made.'),
    filesUrl: z.string().describe('Path below which its files are, without a slash at the end.'),
  })
  .meta({ id: 'Version', description: 'One immutable set of files with metadata.' });

export const createdVersion = version
  .extend({ links: z.array(versionPlace).describe('Where the request linked it, in the order asked for.') })
  .meta({ id: 'CreatedVersion', description: 'A version and the links that were made with it.' });

export const versionFile = z
  .object({
    path: z.string(),
    size: bytes,
    sha256: z
      .string()
      .nullable()
      .describe('Null for a reference, and until it is known for bytes that went straight to object storage.'),
    md5: z.string().nullable().describe('Lower-case hex; null for a reference.'),
    reference: z
      .object({ uri: z.string(), digest: z.string() })
      .nullable()
      .describe('Bytes that live elsewhere; the server neither holds nor fetches them.'),
  })
  .meta({ id: 'VersionFile' });

export type VersionPlace = z.output<typeof versionPlace>;
export type Version = z.output<typeof version>;
export type VersionFile = z.output<typeof versionFile>;

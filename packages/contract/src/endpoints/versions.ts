import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { tagsAnswer } from '../schemas/collection.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { aliasList, jsonObject, sha256, tagList } from '../schemas/primitives.ts';
import { lineage, runReference } from '../schemas/run.ts';
import { createdVersion, version, versionFile, versionPlace } from '../schemas/version.ts';
import { downloadHeaders, rangeHeaders } from './headers.ts';
import * as params from './params.ts';

const read = { kind: 'project', action: 'project.read' } as const;
const edit = { kind: 'project', action: 'version.edit' } as const;
const description = z.string().max(1_000_000).nullable().optional().describe('Markdown.');
const ttlSeconds = z
  .int()
  .min(1)
  .max(100 * 366 * 86_400)
  .nullable()
  .optional();

/** A registered model to link a version to. */
const link = z.strictObject({
  organization: z.string(),
  registry: z.string(),
  model: z.string(),
  aliases: aliasList.max(1000).default([]),
});

/** Reading versions is the same in an artifact and through the links of a registered model. */
function readEndpoints<const Of extends z.ZodRawShape>(what: 'Artifact' | 'Model', path: string, of: Of) {
  const one = { ...of, version: params.versionSelector };
  const versionPath = `${path}/versions/{version}`;
  return {
    list: endpoint({
      id: `list${what}Versions`,
      method: 'GET',
      path: `${path}/versions`,
      summary: what === 'Artifact' ? 'Versions, the newest first' : 'Linked versions, the newest first',
      params: of,
      query: {
        ...pageQuery,
        order: z.enum(['number', '-number']).default('-number'),
        include: z.enum(['metadata']).optional().describe('With `metadata`, a page has at most 100 items.'),
      },
      answer: pageOf(version),
      rule: read,
    }),
    get: endpoint({
      id: `get${what}Version`,
      method: 'GET',
      path: versionPath,
      summary: 'One version',
      params: one,
      answer: version,
      rule: read,
    }),
    files: endpoint({
      id: `list${what}VersionFiles`,
      method: 'GET',
      path: `${versionPath}/files`,
      summary: 'Files of a version, by path',
      params: one,
      query: { ...pageQuery, prefix: z.string().max(4096).optional().describe('Paths that begin so.') },
      answer: pageOf(versionFile),
      rule: { kind: 'project', action: 'file.read' },
    }),
    download: endpoint({
      id: `download${what}VersionFile`,
      method: 'GET',
      path: `${versionPath}/files/{path}`,
      summary: 'Download a file',
      description: 'Also with `HEAD`. An interrupted download goes on with `Range` and `If-Range`.',
      params: { ...one, path: params.filePath },
      transfer: 'download',
      otherStatus: { status: 206, means: 'The range that was asked for.' },
      requestHeaders: rangeHeaders,
      answerHeaders: downloadHeaders,
      rule: { kind: 'project', action: 'file.read' },
      errors: ['RANGE_NOT_SATISFIABLE'],
    }),
    lineage: endpoint({
      id: `get${what}VersionLineage`,
      method: 'GET',
      path: `${versionPath}/lineage`,
      summary: 'Which runs logged a version and which used it',
      params: one,
      query: pageQuery,
      answer: lineage,
      rule: read,
    }),
    use: endpoint({
      id: `use${what}Version`,
      method: 'POST',
      path: `${versionPath}/uses`,
      summary: 'Record that a run uses a version',
      description: 'Repeating it is harmless.',
      params: one,
      body: z.strictObject({ run: z.strictObject({ entity: z.string(), project: z.string(), name: z.string() }) }),
      bodyExample: { run: { entity: 'research', project: 'churn', name: '8xk2m9qp' } },
      answer: runReference,
      status: 200,
      rule: { kind: 'project', action: 'file.read' },
    }),
  };
}

const artifactVersion = { ...params.artifactParams, version: params.versionSelector };
const artifactVersionPath = `${params.artifactPath}/versions/{version}`;
const tagged = { ...artifactVersion, tag: params.tag };

export const artifactVersionEndpoints = {
  ...readEndpoints('Artifact', params.artifactPath, params.artifactParams),
  create: endpoint({
    id: 'createArtifactVersion',
    method: 'POST',
    path: `${params.artifactPath}/versions`,
    summary: 'Create a version from uploaded files',
    description:
      'Upload the bytes first. A version is new only if its contents are: the same files again answer 200 with the version that exists, and point the aliases at it. ' +
      '`latest` moves to it either way. Artifact and project are made where they do not exist. ' +
      'With `links` it is linked as well: version and links are made together, or nothing is.',
    params: params.artifactParams,
    body: z.strictObject({
      type: z.string().default('model'),
      files: z
        .array(z.strictObject({ path: z.string(), sha256 }))
        .max(100_000)
        .default([]),
      references: z
        .array(
          z.strictObject({
            path: z.string(),
            uri: z.string().min(1).max(8192),
            digest: z.string().min(1).max(4096),
            size: z.int().min(0).optional(),
          }),
        )
        .max(100_000)
        .default([])
        .describe('Bytes that live elsewhere. `digest` is whatever identifies them there, e.g. an ETag.'),
      aliases: aliasList.max(1000).default([]),
      tags: tagList.max(1000).default([]),
      description,
      metadata: jsonObject.optional().describe('At most 100 keys at the top.'),
      ttlSeconds,
      run: z.string().nullable().optional().describe('The run of this project that logs it.'),
      links: z
        .array(link)
        .max(100)
        .default([])
        .describe('Registered models to link it to; the first link of a model makes it.'),
    }),
    bodyExample: {
      files: [
        { path: 'weights/model.bin', sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' },
      ],
      aliases: ['best'],
      metadata: { accuracy: 0.94 },
      links: [{ organization: 'weighhouse', registry: 'model', model: 'churn-classifier', aliases: ['staging'] }],
    },
    answer: createdVersion,
    otherStatus: { status: 200, means: 'A version with these contents exists already; this is it.' },
    rule: { kind: 'project', action: 'version.log' },
    errors: [
      'INVALID_NAME',
      'INVALID_PATH',
      'INVALID_ALIAS',
      'INVALID_TAG',
      'BLOB_UNKNOWN',
      'MANIFEST_INVALID',
      'TYPE_MISMATCH',
      'CONFLICT',
    ],
  }),
  update: endpoint({
    id: 'updateArtifactVersion',
    method: 'PATCH',
    path: artifactVersionPath,
    summary: 'Change description, metadata or time to live',
    description: 'Files never change. `metadata` replaces what is there.',
    params: artifactVersion,
    body: z.strictObject({ description, metadata: jsonObject.optional(), ttlSeconds }),
    bodyExample: { description: 'Trained on the March data' },
    answer: version,
    rule: edit,
  }),
  delete: endpoint({
    id: 'deleteArtifactVersion',
    method: 'DELETE',
    path: artifactVersionPath,
    summary: 'Delete a version',
    description:
      'Refused while it has aliases (`latest` is one) or links, unless `force`. Its number is never used again.',
    params: artifactVersion,
    query: { force: z.boolean().default(false) },
    rule: { kind: 'project', action: 'version.delete' },
    errors: ['HAS_ALIASES', 'HAS_LINKS'],
  }),
  tag: endpoint({
    id: 'tagArtifactVersion',
    method: 'PUT',
    path: `${artifactVersionPath}/tags/{tag}`,
    summary: 'Put a tag on a version',
    params: tagged,
    answer: tagsAnswer,
    rule: edit,
    errors: ['INVALID_TAG'],
  }),
  untag: endpoint({
    id: 'untagArtifactVersion',
    method: 'DELETE',
    path: `${artifactVersionPath}/tags/{tag}`,
    summary: 'Take a tag off a version',
    params: tagged,
    answer: tagsAnswer,
    rule: edit,
    errors: ['INVALID_TAG'],
  }),
  links: endpoint({
    id: 'listArtifactVersionLinks',
    method: 'GET',
    path: `${artifactVersionPath}/links`,
    summary: 'Registered models that link a version, as far as you see them',
    params: artifactVersion,
    answer: pageOf(versionPlace),
    rule: read,
  }),
  link: endpoint({
    id: 'linkArtifactVersion',
    method: 'POST',
    path: `${artifactVersionPath}/links`,
    summary: 'Link a version to a registered model',
    description:
      'A bookmark, not a copy. The first link creates the registered model. What is linked already keeps its number.',
    params: artifactVersion,
    body: link,
    bodyExample: { organization: 'weighhouse', registry: 'model', model: 'churn-classifier', aliases: ['staging'] },
    answer: version,
    otherStatus: { status: 200, means: 'It was linked there already.' },
    rule: { kind: 'project', action: 'link.write' },
    errors: ['INVALID_NAME', 'INVALID_ALIAS', 'TYPE_MISMATCH', 'CONFLICT'],
  }),
};

const modelVersion = { ...params.modelParams, version: params.versionSelector };

export const modelVersionEndpoints = {
  ...readEndpoints('Model', params.modelPath, params.modelParams),
  link: endpoint({
    id: 'linkModelVersion',
    method: 'POST',
    path: `${params.modelPath}/versions`,
    summary: 'Link a version to this registered model',
    description:
      'A bookmark, not a copy. The first link creates the registered model. What is linked already keeps its number.',
    params: params.modelParams,
    body: z.strictObject({
      version: z
        .string()
        .meta({ description: 'An address, or the id of a version.', example: 'research/churn/classifier:v3' }),
      aliases: aliasList.max(1000).default([]),
    }),
    bodyExample: { version: 'research/churn/classifier:v3', aliases: ['staging'] },
    answer: version,
    otherStatus: { status: 200, means: 'It was linked here already.' },
    rule: { kind: 'project', action: 'link.write' },
    errors: ['INVALID_NAME', 'INVALID_ADDRESS', 'INVALID_ALIAS', 'TYPE_MISMATCH', 'CONFLICT'],
  }),
  unlink: endpoint({
    id: 'unlinkModelVersion',
    method: 'DELETE',
    path: `${params.modelPath}/versions/{version}`,
    summary: 'Unlink a version',
    description: 'The version itself stays where it was logged. Its aliases here go.',
    params: modelVersion,
    rule: { kind: 'project', action: 'link.write' },
  }),
};

export const addressEndpoints = {
  resolve: endpoint({
    id: 'resolveAddress',
    method: 'GET',
    path: '/resolve',
    summary: 'What an address stands for now',
    description:
      'Forms: `[[entity/]project/]name[:alias|:v3]` and `[organization/]wandb-registry-<registry>/<model>[:alias|:v3]`. Without alias: `latest`.',
    query: {
      address: z.string().max(2000).meta({ example: 'weighhouse/wandb-registry-model/churn-classifier:production' }),
      entity: z.string().optional().describe('Where the address names none. Without it: your default entity.'),
      project: z.string().optional().describe('Where the address names none. Without it: `uncategorized`.'),
    },
    answer: version,
    rule: read,
    errors: ['INVALID_ADDRESS', 'AMBIGUOUS_ADDRESS'],
  }),
};

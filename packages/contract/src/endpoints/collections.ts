import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { artifact, collectionOrder, registeredModel, tagsAnswer } from '../schemas/collection.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { tagList } from '../schemas/primitives.ts';
import * as params from './params.ts';

const rule = {
  read: { kind: 'project', action: 'project.read' },
  create: { kind: 'project', action: 'collection.create' },
  edit: { kind: 'project', action: 'collection.edit' },
  delete: { kind: 'project', action: 'collection.delete' },
  tag: { kind: 'project', action: 'tag.write' },
} as const;

const description = z.string().max(1_000_000).nullable().optional().describe('Markdown.');
const listQuery = {
  ...pageQuery,
  type: z.string().optional(),
  tag: z.array(z.string()).max(20).optional().describe('Has this tag; given several times: has all of them.'),
  name: z.string().max(256).optional().describe('Part of the name, in any case.'),
  order: collectionOrder,
};
const newCollection = z.strictObject({
  name: z.string(),
  type: z.string().default('model'),
  description,
  tags: tagList.max(1000).optional(),
});
const rename = z.string().optional().describe('The old name stays reserved and leads here.');

/** Artifacts and registered models are alike in what is done to them. */
function collectionEndpoints<
  const Of extends z.ZodRawShape,
  const In extends z.ZodRawShape,
  Resource extends z.ZodType,
>(what: {
  one: 'Artifact' | 'Model';
  words: string;
  path: string;
  of: Of;
  inside: In;
  resource: Resource;
  forced: string;
}) {
  const { one, words, path, of, inside, resource } = what;
  const listPath = path.slice(0, path.lastIndexOf('/'));
  const tagged = { ...of, tag: params.tag };
  const a = one === 'Artifact' ? 'an artifact' : 'a registered model';
  return {
    list: endpoint({
      id: `list${one}s`,
      method: 'GET',
      path: listPath,
      summary: `${words}s, filtered and ordered`,
      params: inside,
      query: listQuery,
      answer: pageOf(resource),
      rule: rule.read,
    }),
    create: endpoint({
      id: `create${one}`,
      method: 'POST',
      path: listPath,
      summary: `Create an empty ${words.toLowerCase()}`,
      params: inside,
      body: newCollection,
      bodyExample: { name: 'classifier', description: 'Gradient-boosted trees', tags: ['tabular'] },
      answer: resource,
      rule: rule.create,
      errors: ['INVALID_NAME', 'INVALID_TAG', 'ALREADY_EXISTS', 'TYPE_MISMATCH'],
    }),
    get: endpoint({
      id: `get${one}`,
      method: 'GET',
      path,
      summary: `One ${words.toLowerCase()}`,
      params: of,
      answer: resource,
      rule: rule.read,
    }),
    update: endpoint({
      id: `update${one}`,
      method: 'PATCH',
      path,
      summary: `Rename or describe ${a}`,
      params: of,
      body: z.strictObject({ name: rename, description, type: z.string().optional() }),
      bodyExample: { description: 'Gradient-boosted trees' },
      answer: resource,
      rule: rule.edit,
      errors: ['INVALID_NAME', 'ALREADY_EXISTS', 'IMMUTABLE'],
    }),
    delete: endpoint({
      id: `delete${one}`,
      method: 'DELETE',
      path,
      summary: `Delete ${a}`,
      description: what.forced,
      params: of,
      query: { force: z.boolean().default(false) },
      rule: rule.delete,
      errors: ['HAS_LINKS'],
    }),
    tag: endpoint({
      id: `tag${one}`,
      method: 'PUT',
      path: `${path}/tags/{tag}`,
      summary: `Put a tag on ${a}`,
      params: tagged,
      answer: tagsAnswer,
      rule: rule.tag,
      errors: ['INVALID_TAG'],
    }),
    untag: endpoint({
      id: `untag${one}`,
      method: 'DELETE',
      path: `${path}/tags/{tag}`,
      summary: `Take a tag off ${a}`,
      params: tagged,
      answer: tagsAnswer,
      rule: rule.tag,
      errors: ['INVALID_TAG'],
    }),
  };
}

export const artifactEndpoints = collectionEndpoints({
  one: 'Artifact',
  words: 'Artifact',
  path: params.artifactPath,
  of: params.artifactParams,
  inside: params.projectParams,
  resource: artifact,
  forced:
    'With all of its versions. Versions that are linked elsewhere keep it from going, unless `force`. The name stays reserved.',
});

export const modelEndpoints = collectionEndpoints({
  one: 'Model',
  words: 'Registered model',
  path: params.modelPath,
  of: params.modelParams,
  inside: params.registryParams,
  resource: registeredModel,
  forced: 'With all of its links; the linked versions stay where they were logged. The name stays reserved.',
});

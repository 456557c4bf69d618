import { createHash, randomBytes } from 'node:crypto';
import { benchKey } from '../server/measured-server.ts';
import { artifactName, benchProject, modelName, tagsInUse } from './generated-registry.ts';
import type { MeasuredRequest } from './measure-requests.ts';

/** One kind of request, as it is measured. */
export interface RequestKind {
  what: string;
  /** how many make a round */
  count: number;
  make: (i: number) => MeasuredRequest | Promise<MeasuredRequest>;
}

export const models = '/api/v1/registries/weighhouse/model/models';
export const project = `/api/v1/projects/research/${benchProject}`;
export const headers = { authorization: `Bearer ${benchKey}` };
/** What a tag leads to with 100,000 versions is some 50 models: a page that they fill, as ten times as many do. */
export const pageByTag = 25;
/** From here on there is more than the page that is asked for, of whatever is searched by a tag. */
export const isFullBy = (modelCount: number) => modelCount >= 2_000;
const filled = '"items":[{';
const get = (path: string, expects?: string): MeasuredRequest => ({ method: 'GET', path, headers, expects });

/** Spreads over all models, so that no page of the database is always the last one read. */
function somewhere(i: number, modelCount: number): number {
  return (i * 7919) % modelCount;
}

/** What is asked of a generated registry over REST, apart from searches. `url`: where files are sent before a commit. */
export function registryRequests(url: string, modelCount: number): RequestKind[] {
  const artifact = (i: number) => `${project}/artifacts/${artifactName(somewhere(i, modelCount))}`;
  const model = (i: number) => `${models}/${modelName(somewhere(i, modelCount))}`;
  return [
    { what: 'GET /livez', count: 2000, make: () => ({ method: 'GET', path: '/livez' }) },
    { what: 'resolve an alias', count: 2000, make: i => get(`${artifact(i)}/versions/best`, '"digest"') },
    {
      what: 'resolve an address in a registry',
      count: 2000,
      make: i =>
        get(
          `/api/v1/resolve?address=weighhouse/wandb-registry-model/${modelName(somewhere(i, modelCount))}:production`,
          '"digest"',
        ),
    },
    {
      what: 'move an alias',
      count: 500,
      make: i => ({
        method: 'PUT',
        path: `${model(i)}/aliases/production`,
        headers,
        body: JSON.stringify({ version: `v${i % 3}` }),
      }),
    },
    { what: 'commit a version of 3 files', count: 150, make: i => commit(url, artifact(i)) },
    { what: 'list versions', count: 500, make: i => get(`${artifact(i)}/versions`, filled) },
    { what: 'list models', count: 300, make: () => get(models, filled) },
    { what: 'list artifacts', count: 300, make: () => get(`${project}/artifacts`, filled) },
    { what: 'list projects', count: 500, make: () => get('/api/v1/projects/research', filled) },
  ];
}

/** Lists that grow with the registry in one way or another. */
export function furtherLists(modelCount: number): RequestKind[] {
  const artifact = (i: number) => `${project}/artifacts/${artifactName(somewhere(i, modelCount))}`;
  const model = (i: number) => `${models}/${modelName(somewhere(i, modelCount))}`;
  return [
    { what: 'list versions of a model', count: 300, make: i => get(`${model(i)}/versions`, filled) },
    { what: 'list models, newest first', count: 300, make: () => get(`${models}?order=-createdAt`, filled) },
    { what: 'list files of a version', count: 500, make: i => get(`${artifact(i)}/versions/v7/files`, filled) },
    { what: 'list aliases', count: 500, make: i => get(`${model(i)}/aliases`, filled) },
    { what: 'list moves of aliases', count: 500, make: i => get(`${model(i)}/alias-history`, filled) },
    { what: 'list links of a version', count: 500, make: i => get(`${artifact(i)}/versions/v7/links`, filled) },
  ];
}

/** Searches over REST. */
export function restSearches(modelCount: number): RequestKind[] {
  const tag = (i: number) => `tag-${(i * 31) % tagsInUse}`;
  const byTag = (list: string, i: number) => `${list}?tag=${tag(i)}&limit=${pageByTag}`;
  const full = isFullBy(modelCount) ? '"nextCursor":"' : '"items":[';
  return [
    { what: 'search models by tag', count: 200, make: i => get(byTag(models, i), full) },
    {
      what: 'search models by part of the name',
      count: 200,
      make: i => get(`${models}?name=L-${somewhere(i, modelCount)}`, filled),
    },
    {
      what: 'search artifacts by tag, newest first',
      count: 200,
      make: i => get(`${byTag(`${project}/artifacts`, i)}&order=-createdAt`, full),
    },
  ];
}

/** Three new small files are there already; what is measured is the commit. */
async function commit(url: string, artifact: string): Promise<MeasuredRequest> {
  const files = await Promise.all(
    [0, 1, 2].map(async i => {
      const bytes = randomBytes(1000);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const answer = await fetch(`${url}${project}/blobs/${sha256}`, { method: 'PUT', headers, body: bytes });
      if (!answer.ok) throw new Error(`a file was answered with ${answer.status}: ${await answer.text()}`);
      return { path: `file-${i}.bin`, sha256 };
    }),
  );
  const body = JSON.stringify({ files, aliases: ['best'], metadata: { loss: 0.1 } });
  return { method: 'POST', path: `${artifact}/versions`, headers, body };
}

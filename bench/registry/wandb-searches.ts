import { modelName, tagsInUse } from './generated-registry.ts';
import type { MeasuredRequest } from './measure-requests.ts';
import { headers, isFullBy, pageByTag, type RequestKind } from './registry-requests.ts';

type Filter = Record<string, unknown>;

// What the client asks for with each search, its fragments written out.
const projectFields = 'id internalId name entity { name }';
const collectionsQuery = `query RegistryCollections($collections: JSONString, $order: String, $first: Int) {
  organization(name: "weighhouse") { orgEntity { name
    artifactCollections(filters: $collections, collectionTypes: [PORTFOLIO], first: $first, order: $order) {
      totalCount pageInfo { endCursor hasNextPage }
      edges { node { __typename id name description createdAt updatedAt project { ${projectFields} }
        type: defaultArtifactType { name } tags { edges { node { __typename id name } } } } } } } } }`;
const versionsQuery = `query RegistryVersions($collections: JSONString, $versions: JSONString, $first: Int) {
  organization(name: "weighhouse") { orgEntity { name
    artifactMemberships(collectionFilters: $collections, filters: $versions, first: $first) {
      pageInfo { endCursor hasNextPage }
      edges { node { __typename id versionIndex createdAt aliases { __typename id alias }
        artifactCollection { __typename name project { ${projectFields} } }
        artifact { __typename id artifactSequence { __typename name project { ${projectFields} } } versionIndex
          artifactType { name } description metadata ttlDurationSeconds ttlIsInherited
          tags { __typename id name } historyStep state size digest digestAlgorithm commitHash fileCount
          createdAt updatedAt } } } } } } }`;

const answered = '"edges":[';
const found = '"edges":[{';
/** A page as the client asks for it. */
const page = 100;
/** What few versions meet are some 100 with 100,000 versions. */
const pageOfFew = 75;

/** First pages of searches of a registry as the wandb client sends them. */
export function wandbSearches(modelCount: number): RequestKind[] {
  const tag = (i: number) => `tag-${(i * 31) % tagsInUse}`;
  const share = (i: number) => 0.2 + (i % 70) / 100;
  const full = isFullBy(modelCount) ? '"hasNextPage":true' : answered;
  const byTag = { expects: full, first: pageByTag };
  const few = { expects: full, first: pageOfFew };
  const kinds: [string, (i: number) => MeasuredRequest][] = [
    ['collections by tag', i => collections({ tag: tag(i) }, byTag)],
    ['collections by a pattern', i => collections({ name: { $regex: `^model-1.*${i % 10}$` } })],
    ['collections by part of the name', i => collections({ name: { $contains: modelName((i * 7919) % modelCount) } })],
    ['collections in order of the name', () => collections({ created_at: { $gte: '2020-01-01' } }, { order: 'name' })],
    ['versions by tag', i => versions({ tag: tag(i) })],
    ['versions by alias', () => versions({ alias: 'production' })],
    ['versions by a pattern of the alias', () => versions({ alias: { $regex: '^prod.*' } })],
    ['versions by alias and tag', i => versions({ $and: [{ alias: 'production' }, { tag: tag(i) }] }, byTag)],
    ['versions by tag or number', i => versions({ $or: [{ tag: tag(i) }, { version: 'v7' }] })],
    ['versions by a tag that nothing has', () => versions({ tag: 'no-such-tag' }, { expects: answered })],
    ['versions of one collection', i => versions({}, { ofCollections: { name: modelName((i * 7919) % modelCount) } })],
    ['versions by metadata: few', () => versions({ 'metadata.accuracy': { $gte: 0.999 } }, few)],
    ['versions by metadata: half', () => versions({ 'metadata.accuracy': { $gte: 0.5 } })],
    ['versions by metadata: a range', i => versions({ 'metadata.accuracy': { $gte: share(i), $lt: share(i) + 0.05 } })],
    ['versions by metadata: a word', i => versions({ 'metadata.architecture': `net-${i % 20}` })],
    [
      'versions by metadata: word and number',
      i => versions({ $and: [{ 'metadata.architecture': `net-${i % 20}` }, { 'metadata.epochs': { $lt: 50 } }] }),
    ],
    ['versions by metadata and tag', i => versions({ $and: [{ 'metadata.accuracy': { $gt: 0.5 } }, { tag: tag(i) }] })],
    ['versions by metadata: nothing', () => versions({ 'metadata.accuracy': { $gt: 2 } }, { expects: answered })],
  ];
  return kinds.map(([what, make]) => ({ what: `wandb: ${what}`, count: 200, make }));
}

interface Asked {
  expects?: string;
  first?: number;
}

function collections(filter: Filter, { expects = found, first = page, order }: Asked & { order?: string } = {}) {
  return graphql(collectionsQuery, { collections: JSON.stringify(filter), order, first }, expects);
}

function versions(
  filter: Filter,
  { expects = found, first = page, ofCollections = {} }: Asked & { ofCollections?: Filter } = {},
): MeasuredRequest {
  const variables = { versions: JSON.stringify(filter), collections: JSON.stringify(ofCollections), first };
  return graphql(versionsQuery, variables, expects);
}

function graphql(query: string, variables: Record<string, unknown>, expects: string): MeasuredRequest {
  const body = JSON.stringify({ query, variables, operationName: '' });
  return { method: 'POST', path: '/graphql', headers, body, expects };
}

import { parseSelector } from '../../../domain/addresses.ts';
import { latest } from '../../../domain/aliases.ts';
import type { Alias } from '../../../domain/collections.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Resolved } from '../../../services/addresses.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import type { AccessibleVersion } from '../../../services/version-access.ts';
import { connection, emptyConnection, type PageArguments, pageRequest } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { decodeId, encodeId } from '../ids.ts';
import { type CollectionArguments, listCollections } from './collection-lists.ts';
import { accessible, type CollectionNode, orNull, type PlaceNode, type TypeNode } from './nodes.ts';
import { listVersions, type VersionArguments } from './version-lists.ts';

/** An alias with the collection that it is of. */
export interface AliasNode {
  alias: Alias;
  home: CollectionNode;
}

export const collectionQueries: Fields<undefined> = {
  artifactCollection: async (_source, { id }: { id: string }, { caller, services }) => {
    const number = decodeId('ArtifactCollection', id);
    return number === undefined ? null : ((await services.collections.findById(caller, number)) ?? null);
  },
};

const collection: Fields<CollectionNode> = {
  id: ({ collection: { id } }) => encodeId('ArtifactCollection', id),
  name: ({ collection: { name } }) => name,
  // Whoever sees only a link learns the source's name, and nothing else of it.
  description: ({ collection: { description }, project }) => (project ? description : null),
  createdAt: ({ collection: { createdAt } }) => createdAt,
  updatedAt: ({ collection: { updatedAt } }) => updatedAt,
  state: ({ deleted }: CollectionNode & { deleted?: true }) => (deleted ? 'DELETED' : 'READY'),
  project: ({ project, role }) => (project && role ? { project, role } : null),
  defaultArtifactType: ({ collection: { id, type, createdAt }, project, role }) => ({
    found: project && role ? { project, role } : undefined,
    id,
    name: type,
    createdAt,
  }),
  tags: async ({ collection: { id }, project }, _args, { load }) => {
    const tags = project ? await load.collectionTags.load(id) : [];
    return { edges: tags.map(name => ({ node: tagNode(id, name) })) };
  },
  aliases: async (node, args: PageArguments, { services }) => {
    const found = accessible(node);
    if (!found) return emptyConnection;
    const page = await services.collections.listAliases(found, pageRequest(args, 1000));
    return connection(page, alias => ({ alias, home: node }) satisfies AliasNode);
  },
  artifacts: async (node, args: VersionArguments, context) => {
    const found = accessible(node);
    return found ? listVersions(context, found, args) : emptyConnection;
  },
  artifactMembership: async (node, { aliasName }: { aliasName: string }, context) => {
    const found = accessible(node);
    return found ? orNull(findMembership(context, found, aliasName)) : null;
  },
};

const sequence: Fields<CollectionNode> = {
  ...collection,
  latestArtifact: async (node, _args, { services }) => {
    const found = accessible(node);
    const resolved = found && (await services.addresses.select(found, { kind: 'alias', alias: latest }));
    return resolved ? versionOf(resolved) : null;
  },
  digestAlgorithm: () => 'MANIFEST_MD5',
};

async function findMembership(
  { services }: RequestContext,
  found: AccessibleCollection,
  alias: string,
): Promise<PlaceNode | null> {
  const resolved = await services.addresses.select(found, parseSelector(alias));
  return resolved ? placeOf(resolved) : null;
}

export function placeOf(resolved: Resolved): PlaceNode {
  const { project, role, collection: home, membership } = resolved;
  return { project, role, collection: home, membership, version: versionOf(resolved) };
}

function versionOf({ project, role, version }: Resolved): AccessibleVersion {
  return { version, through: { project, role }, atSource: version.projectId === project.id };
}

export function tagNode(ownerId: number, name: string): { id: string; name: string } {
  return { id: Buffer.from(`Tag:${ownerId}:${name}`).toString('base64'), name };
}

const type: Fields<TypeNode> = {
  id: ({ id }) => encodeId('ArtifactType', id),
  name: ({ name }) => name,
  description: () => null,
  createdAt: ({ createdAt }) => createdAt,
  artifactCollection: async ({ found, name }, { name: wanted }: { name: string }, { services }) => {
    const inside = found && (await services.collections.findWithin(found, wanted));
    return inside && inside.collection.type === name ? inside : null;
  },
  artifactCollections: ({ found, name }, args: CollectionArguments, context) =>
    found ? listCollections(context, [found], args, { type: name }) : emptyConnection,
};

const alias: Fields<AliasNode> = {
  id: source => encodeId('ArtifactAlias', source.alias.id),
  alias: source => source.alias.alias,
  artifactCollection: ({ home }) => home,
};

export function collectionTypeName({ collection: { kind } }: CollectionNode): string {
  return kind === 'artifact' ? 'ArtifactSequence' : 'ArtifactPortfolio';
}

export const collectionTypes: Resolvers = {
  ArtifactSequence: sequence,
  ArtifactPortfolio: collection,
  ArtifactType: type,
  ArtifactAlias: alias,
};

/** @throws RegistryError `INVALID_INPUT` where it is the other kind of collection */
export function requireKind(found: AccessibleCollection, kind: 'artifact' | 'registered_model'): AccessibleCollection {
  if (found.collection.kind === kind) return found;
  const what = kind === 'artifact' ? 'an artifact (a sequence)' : 'a registered model (a portfolio)';
  throw new RegistryError('INVALID_INPUT', `"${found.collection.name}" is not ${what}.`);
}

import { parseCollectionAddress } from '../../../domain/addresses.ts';
import { isRegistry } from '../../../domain/projects.ts';
import { isAtLeast } from '../../../domain/roles.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import { defaultProject, type Resolved } from '../../../services/addresses.ts';
import { connection, type PageArguments, pageRequest, slice } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { encodeId } from '../ids.ts';
import { type CollectionArguments, listCollections } from './collection-lists.ts';
import { orNull, type PlaceNode, type TypeNode } from './nodes.ts';
import { listRuns, type RunArguments } from './run-lists.ts';

interface ProjectArguments {
  name?: string | null;
  entityName?: string | null;
}

async function findProject(
  _source: undefined,
  { name, entityName }: ProjectArguments,
  { caller, services }: RequestContext,
) {
  const entity = entityName || caller.principal.defaultEntity;
  return (await services.access.findProject(caller, entity, name || defaultProject)) ?? null;
}

export const projectQueries: Fields<undefined> = {
  project: findProject,
  model: findProject,
  models: async (
    _source,
    { entityName, ...args }: PageArguments & { entityName?: string | null },
    { caller, services },
  ) => {
    const entity = entityName || caller.principal.defaultEntity;
    const page = await orNull(services.projects.list(caller, entity, pageRequest(args)));
    if (!page) return null;
    const readable = await services.access.readable(
      caller,
      page.items.map(({ id }) => id),
    );
    return connection({ ...page, items: page.items.flatMap(({ id }) => readable.get(id) ?? []) }, node => node);
  },
};

const project: Fields<AccessibleProject> = {
  id: ({ project: { id } }) => encodeId('Project', id),
  internalId: ({ project: { id } }) => encodeId('ProjectInternalId', id),
  name: ({ project: { name } }) => name,
  entityName: ({ project: { entityName } }) => entityName,
  entity: ({ project: { entityId, entityName, entityKind, organizationId, createdAt } }) => ({
    id: entityId,
    name: entityName,
    kind: entityKind,
    displayName: entityName,
    organizationId,
    createdAt,
  }),
  description: ({ project: { description } }) => description,
  access: ({ project: { access } }) => access,
  views: () => '{}',
  readOnly: ({ role }) => !isAtLeast(role, 'member'),
  createdAt: ({ project: { createdAt } }) => createdAt,
  updatedAt: ({ project: { updatedAt } }) => updatedAt,
  isBenchmark: () => false,
  repo: () => null,
  dockerImage: () => null,
  user: ({ project: { createdBy } }, _args, { load }) => (createdBy === null ? null : load.person.load(createdBy)),
  allowAllArtifactTypesInRegistry: ({ project: { allowAllTypes } }) => allowAllTypes,
  runCount: (found, { filters }: RunArguments, context) =>
    filters
      ? listRuns(context, found, { filters, first: 1 }).then(({ totalCount }) => totalCount())
      : context.services.runs.count(found),
  run: findRun,
  bucket: findRun,
  runs: (found, args: RunArguments, context) => listRuns(context, found, args),
  buckets: (found, args: RunArguments, context) => listRuns(context, found, args),
  members: async (found, _args, { caller, services }) => {
    const { users } = await services.registries.members(caller, found);
    return users.map(({ userId, username, name, email, role }) => ({
      id: encodeId('User', userId),
      username,
      name,
      email,
      role: { name: role },
    }));
  },
  teamMembers: async (found, _args, { caller, load, services }) => {
    const { teams } = await services.registries.members(caller, found);
    const known = await Promise.all(
      teams.map(async ({ teamId, role }) => ({ team: await load.entity.load(teamId), role: { name: role } })),
    );
    return known.filter(({ team }) => team !== undefined);
  },
  artifact: async (found, { name }: { name: string }, context) => {
    const place = await findPlace(context, found, name);
    return place?.version ?? null;
  },
  artifactCollectionMembership: (found, { name }: { name: string }, context) => findPlace(context, found, name),
  artifactCollection: async (found, { name }: { name: string }, { services }) =>
    (await services.collections.findWithin(found, name)) ?? null,
  artifactType: async (found, { name }: { name: string }, { services }) => {
    const type = await services.collections.findType(found, name);
    return type ? ({ found, ...type } satisfies TypeNode) : null;
  },
  artifactTypes: async (found, args: PageArguments & { includeAll?: boolean | null }, context) => {
    const types =
      args.includeAll && isRegistry(found.project)
        ? await acceptedTypes(context, found)
        : await usedTypes(context, found);
    return connection(slice(types, pageRequest(args, 1000)), node => node);
  },
  artifactCollections: (found, args: CollectionArguments, context) => listCollections(context, [found], args),
};

/** In a registry, the types it takes; where it takes all, those it holds. */
async function acceptedTypes(context: RequestContext, found: AccessibleProject): Promise<TypeNode[]> {
  if (found.project.allowAllTypes) return usedTypes(context, found);
  const names = await context.services.registries.acceptedTypes(context.caller, found.project);
  return names.map((name, i) => ({
    found,
    id: found.project.id * 1000 + i + 1,
    name,
    createdAt: found.project.createdAt,
  }));
}

async function usedTypes({ services }: RequestContext, found: AccessibleProject): Promise<TypeNode[]> {
  return (await services.collections.types(found)).map(type => ({ found, ...type }));
}

async function findRun(found: AccessibleProject, { name }: { name: string }, { services }: RequestContext) {
  return (await services.runs.findWithin(found, name)) ?? null;
}

/** `collection:alias`, `collection:v3`, or `collection` for its latest. */
async function findPlace(
  { services }: RequestContext,
  found: AccessibleProject,
  name: string,
): Promise<PlaceNode | null> {
  const resolved = await orNull(resolveIn(services, found, name));
  if (!resolved) return null;
  const { project, role, collection, membership, version } = resolved;
  const atSource = version.projectId === project.id;
  return { project, role, collection, membership, version: { version, through: { project, role }, atSource } };
}

async function resolveIn(
  services: RequestContext['services'],
  found: AccessibleProject,
  name: string,
): Promise<Resolved | null> {
  const { collection, selector } = parseCollectionAddress(name);
  const inside = await services.collections.findWithin(found, collection);
  return inside ? ((await services.addresses.select(inside, selector)) ?? null) : null;
}

export const projectTypes: Resolvers = { Project: project };

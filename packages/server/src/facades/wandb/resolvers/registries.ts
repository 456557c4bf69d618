import type { Entity } from '../../../domain/accounts.ts';
import { type FieldValues, meets } from '../../../domain/conditions.ts';
import type { Project } from '../../../domain/projects.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import { connection, emptyConnection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { type FieldNames, parseFilter } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { collectionFields, listCollections } from './collection-lists.ts';
import { placeNode, versionFields } from './version-lists.ts';

interface ProjectListArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

interface CollectionSearch extends ProjectListArguments {
  projectFilters?: string | null;
  collectionTypes?: ('PORTFOLIO' | 'SEQUENCE')[] | null;
}

interface MembershipSearch extends ProjectListArguments {
  projectFilters?: string | null;
  collectionFilters?: string | null;
}

const projectFields: FieldNames = {
  project_id: 'id',
  id: 'id',
  name: 'name',
  entity_id: 'entityId',
  description: 'description',
  createdAt: 'createdAt',
  created_at: 'createdAt',
  updatedAt: 'updatedAt',
  updated_at: 'updatedAt',
};

const projectOrders = ['name', 'created_at', 'createdAt', 'updated_at', 'updatedAt'];

/** The search of an organization's registries, and an entity's projects. */
export const entityLists: Fields<Entity> = {
  projects: async (entity, args: ProjectListArguments, context) => {
    const order = parseOrder(args.order, projectOrders);
    let projects = await visibleProjects(context, entity, args.filters);
    if (order) {
      projects = orderBy(projects, order, ({ project }) =>
        order.field === 'name' ? project.name : /^created/.test(order.field) ? project.createdAt : project.updatedAt,
      );
    }
    return { ...connection(slice(projects, pageRequest(args)), node => node), totalCount: projects.length };
  },
  artifactCollections: async (entity, args: CollectionSearch, context) => {
    const projects = await visibleProjects(context, entity, args.projectFilters);
    if (projects.length === 0) return emptyConnection;
    const kinds = args.collectionTypes ?? ['PORTFOLIO'];
    const only =
      kinds.length === 1
        ? { kind: kinds[0] === 'SEQUENCE' ? ('artifact' as const) : ('registered_model' as const) }
        : {};
    return listCollections(context, projects, args, only);
  },
  artifactMemberships: async (entity, args: MembershipSearch, context) => {
    if (args.order)
      throw new RegistryError('INVALID_INPUT', 'Versions of several registered models have one order only.');
    const registries = await visibleProjects(context, entity, args.projectFilters);
    const conditions = {
      collections: parseFilter(args.collectionFilters, collectionFields),
      versions: parseFilter(args.filters, versionFields),
    };
    return connection(await context.services.versions.search(registries, conditions, pageRequest(args)), placeNode);
  },
};

/** Registries of an organization, or projects of a team or user, as far as the caller may see them. */
export async function visibleProjects(
  context: RequestContext,
  entity: Entity,
  filters: string | null | undefined,
): Promise<AccessibleProject[]> {
  const { caller, services } = context;
  const condition = parseFilter(filters, projectFields);
  const all: Project[] = [];
  let after: (string | number)[] | undefined;
  do {
    const page = { limit: 500, after };
    const found =
      entity.kind === 'organization'
        ? await services.registries.list(caller, entity.name, page)
        : await services.projects.list(caller, entity.name, page);
    all.push(...found.items);
    after = found.next;
  } while (after);
  const passed = condition ? all.filter(project => meets(condition, valuesOf(project))) : all;
  const readable = await services.access.readable(
    caller,
    passed.map(({ id }) => id),
  );
  return passed.flatMap(({ id }) => readable.get(id) ?? []);
}

function valuesOf(project: Project): FieldValues {
  const values: Readonly<Record<string, readonly unknown[]>> = {
    id: [project.id, String(project.id)],
    name: [project.name],
    entityId: [project.entityId, String(project.entityId)],
    description: [project.description],
    createdAt: [new Date(project.createdAt)],
    updatedAt: [new Date(project.updatedAt)],
  };
  return field => values[field] ?? [];
}

import type { Entity } from '../../../domain/accounts.ts';
import type { Project } from '../../../domain/projects.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import { connection, emptyConnection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { parseFilter, unknownField } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { listCollections, matching } from './collection-lists.ts';
import type { PlaceNode } from './nodes.ts';
import { passing, placesOf } from './version-lists.ts';

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
    parseOrder(args.order, [
      'created_at',
      'createdAt',
      'updated_at',
      'version',
      'version_index',
      'artifact_created_at',
      'artifact_size',
      'name',
    ]);
    const page = await searchVersions(context, await visibleProjects(context, entity, args.projectFilters), args);
    return connection(page, node => node);
  },
};

/** Versions of all matching collections, one collection after the other; the cursor is the place in that order. */
async function searchVersions(context: RequestContext, projects: AccessibleProject[], args: MembershipSearch) {
  const { limit, after } = pageRequest(args);
  const collectionFilter = parseFilter(args.collectionFilters);
  const filter = parseFilter(args.filters);
  // by collection, then by number downwards: neither shifts when versions are added
  const [fromCollection = 0, belowNumber = Number.MAX_SAFE_INTEGER] = (after ?? []).map(Number);
  const found: PlaceNode[] = [];
  const all = (
    await Promise.all(
      projects.map(project =>
        matching(context, project, { kind: 'registered_model' }, '-created_at', collectionFilter),
      ),
    )
  ).flat();
  const inOrder = all.toSorted((a, b) => b.collection.id - a.collection.id);
  for (const home of inOrder) {
    if (fromCollection > 0 && home.collection.id > fromCollection) continue;
    for await (const batch of placesOf(context, home)) {
      const rest =
        home.collection.id === fromCollection
          ? batch.filter(({ membership }) => membership.number < belowNumber)
          : batch;
      found.push(...(await passing(context, rest, filter)));
      if (found.length > limit) break;
    }
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last ? { items, next: [last.collection.id, last.membership.number] } : { items };
}

/** Registries of an organization, or projects of a team or user, as far as the caller may see them. */
export async function visibleProjects(
  context: RequestContext,
  entity: Entity,
  filters: string | null | undefined,
): Promise<AccessibleProject[]> {
  const { caller, services } = context;
  const filter = parseFilter(filters);
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
  const passed = all.filter(project => !filter || filter(field => values(project, field)));
  const readable = await services.access.readable(
    caller,
    passed.map(({ id }) => id),
  );
  return passed.flatMap(({ id }) => readable.get(id) ?? []);
}

function values(project: Project, field: string): readonly unknown[] {
  switch (field) {
    case 'id':
    case 'project_id':
      return [project.id, String(project.id)];
    case 'name':
      return [project.name];
    case 'entity_id':
      return [project.entityId, String(project.entityId)];
    case 'description':
      return [project.description];
    case 'created_at':
    case 'createdAt':
      return [new Date(project.createdAt)];
    case 'updated_at':
    case 'updatedAt':
      return [new Date(project.updatedAt)];
    default:
      throw unknownField(field, 'name, id, entity_id, description, created_at, updated_at');
  }
}

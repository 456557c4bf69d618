import type { Collection, CollectionKind } from '../../../domain/collections.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { CollectionOrder } from '../../../ports/metadata/collections.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import { type Connection, connection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { type Filter, parseFilter, unknownField } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { RequestContext } from '../graphql/request-context.ts';

export interface CollectionArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

export type CollectionConnection = Connection<AccessibleCollection> & { totalCount: () => number | Promise<number> };

const orders: Record<string, string> = {
  name: 'name',
  created_at: 'created_at',
  createdAt: 'created_at',
  updated_at: 'updated_at',
  updatedAt: 'updated_at',
  id: 'created_at',
};

/** Artifacts and registered models of projects that the caller may read, newest first unless asked otherwise. */
export async function listCollections(
  context: RequestContext,
  projects: readonly AccessibleProject[],
  args: CollectionArguments,
  only: { kind?: CollectionKind; type?: string } = {},
): Promise<CollectionConnection> {
  const { services } = context;
  const order = readOrder(args.order);
  const filter = parseFilter(args.filters);
  const [single, ...more] = projects;
  if (single && more.length === 0 && !filter) {
    const page = await services.collections.list(single, only, order, pageRequest(args));
    return {
      ...connection(page, collection => ({ ...single, collection })),
      totalCount: () => services.collections.count(single, only),
    };
  }
  const all: AccessibleCollection[] = [];
  for (const found of projects) all.push(...(await matching(context, found, only, order, filter)));
  const ordered =
    more.length === 0
      ? all
      : orderBy(all, { field: order, descending: order.startsWith('-') }, ({ collection }) =>
          sortKey(collection, order),
        );
  return { ...connection(slice(ordered, pageRequest(args)), node => node), totalCount: () => ordered.length };
}

/** All collections of a project that pass a filter. */
export async function matching(
  context: RequestContext,
  found: AccessibleProject,
  only: { kind?: CollectionKind; type?: string },
  order: CollectionOrder,
  filter: Filter | undefined,
): Promise<AccessibleCollection[]> {
  const { services } = context;
  const passed: AccessibleCollection[] = [];
  let after: (string | number)[] | undefined;
  do {
    const page = await services.collections.list(found, only, order, { limit: 1000, after });
    const tags = filter ? await services.collections.tags(page.items.map(({ id }) => id)) : new Map<number, string[]>();
    for (const collection of page.items) {
      if (!filter || filter(field => values(collection, tags.get(collection.id) ?? [], field)))
        passed.push({ ...found, collection });
    }
    after = page.next;
  } while (after);
  return passed;
}

function values(collection: Collection, tags: readonly string[], field: string): readonly unknown[] {
  switch (field) {
    case 'name':
    case 'artifact_collection_name':
      return [collection.name];
    case 'id':
    case 'artifact_collection_id':
    case 'collection_id':
      return [collection.id, String(collection.id)];
    case 'tag':
    case 'tags':
      return tags;
    case 'type':
    case 'artifact_type':
      return [collection.type];
    case 'description':
      return [collection.description];
    case 'created_at':
    case 'createdAt':
      return [new Date(collection.createdAt)];
    case 'updated_at':
    case 'updatedAt':
      return [new Date(collection.updatedAt)];
    default:
      throw unknownField(field, 'name, id, tag, type, description, created_at, updated_at');
  }
}

function readOrder(text: string | null | undefined): CollectionOrder {
  const order = parseOrder(text, Object.keys(orders));
  const field = order && orders[order.field];
  if (!order || !field) return '-created_at';
  return `${order.descending ? '-' : ''}${field}` as CollectionOrder;
}

function sortKey(collection: Collection, order: CollectionOrder): string | number {
  if (order.endsWith('name')) return collection.name;
  return order.endsWith('updated_at') ? collection.updatedAt : collection.createdAt;
}

/** @throws RegistryError `NOT_FOUND` */
export function requireCollection<T>(found: T | null | undefined): T {
  if (found) return found;
  throw new RegistryError('NOT_FOUND', 'There is no such artifact or registered model, or you may not see it.');
}

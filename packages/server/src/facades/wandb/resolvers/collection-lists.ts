import type { CollectionKind } from '../../../domain/collections.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { CollectionOrder } from '../../../ports/metadata/collections.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import { type Connection, connection, type PageArguments, pageRequest } from '../connections.ts';
import { type FieldNames, parseFilter } from '../filters/filter.ts';
import { parseOrder } from '../filters/order.ts';
import type { RequestContext } from '../graphql/request-context.ts';

export interface CollectionArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

export type CollectionConnection = Connection<AccessibleCollection> & { totalCount: () => Promise<number> };

export const collectionFields: FieldNames = {
  artifact_collection_name: 'name',
  name: 'name',
  artifact_collection_id: 'id',
  collection_id: 'id',
  id: 'id',
  tags: 'tag',
  tag: 'tag',
  artifact_type: 'type',
  type: 'type',
  description: 'description',
  createdAt: 'createdAt',
  created_at: 'createdAt',
  updatedAt: 'updatedAt',
  updated_at: 'updatedAt',
};

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
  { services }: RequestContext,
  projects: readonly AccessibleProject[],
  args: CollectionArguments,
  only: { kind?: CollectionKind; type?: string } = {},
): Promise<CollectionConnection> {
  const condition = parseFilter(args.filters, collectionFields);
  const filter = { ...only, ...(condition && { condition }) };
  const page = await services.collections.listIn(projects, filter, readOrder(args.order), pageRequest(args));
  return {
    ...connection(page, node => node),
    totalCount: () => services.collections.countIn(projects, filter),
  };
}

function readOrder(text: string | null | undefined): CollectionOrder {
  const order = parseOrder(text, Object.keys(orders));
  const field = order && orders[order.field];
  if (!order || !field) return '-created_at';
  return `${order.descending ? '-' : ''}${field}` as CollectionOrder;
}

/** @throws RegistryError `NOT_FOUND` */
export function requireCollection<T>(found: T | null | undefined): T {
  if (found) return found;
  throw new RegistryError('NOT_FOUND', 'There is no such artifact or registered model, or you may not see it.');
}

import type { Condition } from '../../../domain/conditions.ts';
import type { Page, PageRequest } from '../../../domain/pages.ts';
import type { FoundPlace } from '../../../ports/metadata/search.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import type { Place } from '../../../services/version-details.ts';
import { connection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { type FieldNames, parseFilter } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import type { PlaceNode } from './nodes.ts';

export interface VersionArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

export const versionFields: FieldNames = {
  version_index: 'number',
  versionIndex: 'number',
  version: 'number',
  tags: 'tag',
  tag: 'tag',
  aliases: 'alias',
  alias: 'alias',
  'metadata.*': 'metadata.*',
  metadata: 'metadata',
  state: 'state',
  digest: 'digest',
  description: 'description',
  artifact_size: 'size',
  size: 'size',
  artifact_id: 'id',
  id: 'id',
  artifact_created_at: 'createdAt',
  createdAt: 'createdAt',
  created_at: 'createdAt',
  updatedAt: 'updatedAt',
  updated_at: 'updatedAt',
};

const orders = [
  'version_index',
  'versionIndex',
  'version',
  'created_at',
  'createdAt',
  'updated_at',
  'updatedAt',
  'name',
  'size',
];

/** Versions of a collection with their numbers there, newest first unless asked otherwise. */
export async function listVersions(context: RequestContext, found: AccessibleCollection, args: VersionArguments) {
  const { services } = context;
  const order = parseOrder(args.order, orders);
  const condition = parseFilter(args.filters, versionFields);
  const count = () => services.versionDetails.count(found, condition);
  // Numbers are given in the order of creation.
  if (!order || /^(version|created_?at|name)/i.test(order.field)) {
    const direction = order && !order.descending ? 'number' : '-number';
    const page = await services.versions.list(found, pageRequest(args), direction, condition);
    return withVersions(page, found, count);
  }
  const all = await allPlaces(context, found, condition);
  const ordered = orderBy(all, order, ({ version }) => (order.field === 'size' ? version.size : version.updatedAt));
  return withVersions(slice(ordered, pageRequest(args)), found, async () => all.length);
}

function withVersions(page: Page<FoundPlace>, found: AccessibleCollection, totalCount: () => Promise<number>) {
  const { edges, pageInfo } = connection(page, place => placeNode({ ...found, ...place }));
  return {
    edges: edges.map(({ node, cursor }) => ({ node: node.version, cursor, version: `v${node.membership.number}` })),
    pageInfo,
    totalCount,
  };
}

async function allPlaces(
  { services }: RequestContext,
  found: AccessibleCollection,
  condition: Condition | undefined,
): Promise<FoundPlace[]> {
  const all: FoundPlace[] = [];
  let after: PageRequest['after'];
  do {
    const page = await services.versions.list(found, { limit: 500, after }, '-number', condition);
    all.push(...page.items);
    after = page.next;
  } while (after);
  return all;
}

/** A version as it is reached through the collection in which it was found. */
export function placeNode({ version, ...place }: Place & FoundPlace): PlaceNode {
  const { project, role } = place;
  return { ...place, version: { version, through: { project, role }, atSource: version.projectId === project.id } };
}

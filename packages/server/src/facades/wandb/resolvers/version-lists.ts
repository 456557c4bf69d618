import { isJsonObject, parseJson } from '../../../domain/json.ts';
import type { Version } from '../../../domain/versions.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import type { AccessibleVersion } from '../../../services/version-access.ts';
import { connection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { type Filter, parseFilter, unknownField } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import type { PlaceNode } from './nodes.ts';

export interface VersionArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

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
  const filter = parseFilter(args.filters);
  // Numbers are given in the order of creation.
  const byNumber = !order || /^(version|created_?at|name)/i.test(order.field);
  const direction = order && !order.descending ? 'number' : '-number';
  // What the client sends by itself; only committed versions are ever listed.
  const needsFilter = filter && !isCommittedOnly(args.filters);
  if (!needsFilter && byNumber) {
    const page = await services.versions.list(found, pageRequest(args), direction);
    return withVersions({ ...page, items: page.items.map(one => placeNode(found, one)) }, () =>
      services.versionDetails.count(found),
    );
  }
  let places: PlaceNode[] = [];
  for await (const batch of placesOf(context, found, direction))
    places.push(...(await passing(context, batch, filter)));
  if (order && !byNumber)
    places = orderBy(places, order, ({ version }) =>
      order.field === 'size' ? version?.version.size : version?.version.updatedAt,
    );
  return withVersions(slice(places, pageRequest(args)), () => places.length);
}

function withVersions(
  page: { items: PlaceNode[]; next?: (string | number)[] },
  totalCount: () => number | Promise<number>,
) {
  const { edges, pageInfo } = connection(page, node => node);
  return {
    edges: edges.map(({ node, cursor }) => ({ node: node.version, cursor, version: `v${node.membership.number}` })),
    pageInfo,
    totalCount,
  };
}

/** All places of a collection, in batches. */
export async function* placesOf(
  { services }: RequestContext,
  found: AccessibleCollection,
  direction: 'number' | '-number' = '-number',
): AsyncGenerator<PlaceNode[]> {
  let after: (string | number)[] | undefined;
  do {
    const page = await services.versions.list(found, { limit: 500, after }, direction);
    yield page.items.map(one => placeNode(found, one));
    after = page.next;
  } while (after);
}

function placeNode(
  found: AccessibleCollection,
  { membership, version }: { membership: PlaceNode['membership']; version: Version },
): PlaceNode {
  const { project, role } = found;
  const reached: AccessibleVersion = {
    version,
    through: { project, role },
    atSource: version.projectId === project.id,
  };
  return { ...found, membership, version: reached };
}

/** Those of the places whose versions pass a filter; what the filter may ask for is loaded for all of them at once. */
export async function passing(
  { services }: RequestContext,
  places: PlaceNode[],
  filter: Filter | undefined,
): Promise<PlaceNode[]> {
  if (!filter) return places;
  const tags = await services.versionDetails.tags(places.flatMap(({ version }) => version ?? []));
  const aliases = await services.versionDetails.aliases(places);
  return places.filter(place => {
    const { version } = place.version ?? {};
    if (!version) return false;
    const facts = {
      version,
      number: place.membership.number,
      tags: tags.get(version.id) ?? [],
      aliases: (aliases.get(place.membership.id) ?? []).map(({ alias }) => alias),
    };
    return filter(field => values(facts, field));
  });
}

interface VersionFacts {
  version: Version;
  number: number;
  tags: string[];
  aliases: string[];
}

function values({ version, number, tags, aliases }: VersionFacts, field: string): readonly unknown[] {
  if (field.startsWith('metadata.')) return metadataValues(version.metadata, field.slice('metadata.'.length));
  switch (field) {
    case 'version':
    case 'version_index':
    case 'versionIndex':
      return [number, `v${number}`];
    case 'tag':
    case 'tags':
      return tags;
    case 'alias':
    case 'aliases':
      return aliases;
    case 'state':
      return ['COMMITTED'];
    case 'id':
    case 'artifact_id':
      return [version.id, String(version.id)];
    case 'digest':
      return [version.digest];
    case 'description':
      return [version.description];
    case 'size':
    case 'artifact_size':
      return [version.size];
    case 'metadata':
      return [version.metadata];
    case 'created_at':
    case 'createdAt':
    case 'artifact_created_at':
      return [new Date(version.createdAt)];
    case 'updated_at':
    case 'updatedAt':
      return [new Date(version.updatedAt)];
    default:
      throw unknownField(
        field,
        'version, tag, alias, metadata.*, created_at, updated_at, state, digest, description, size, id',
      );
  }
}

function metadataValues(metadata: string | null, path: string): readonly unknown[] {
  let found: unknown[] = metadata === null ? [] : [parseJson(metadata, 'metadata')];
  for (const name of path.split('.')) {
    found = found.flatMap(value => (isJsonObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
  }
  return found.flatMap(value => (Array.isArray(value) ? value : [value]));
}

function isCommittedOnly(filters: string | null | undefined): boolean {
  return filters !== null && filters !== undefined && /^\s*\{\s*"state"\s*:\s*"COMMITTED"\s*\}\s*$/.test(filters);
}

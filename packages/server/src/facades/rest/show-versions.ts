import type { VersionPlace } from '@weighhouse/contract';
import type { Collection, Membership } from '../../domain/collections.ts';
import type { Version } from '../../domain/versions.ts';
import type { AccessibleProject } from '../../services/access.ts';
import type { Shown } from '../../services/addresses.ts';
import type { Caller } from '../../services/caller.ts';
import type { AccessibleCollection } from '../../services/collections.ts';
import type { Services } from '../../services/services.ts';
import type { AccessibleVersion } from '../../services/version-access.ts';
import { renderPlace, renderVersion, type ShownVersion } from './render/version.ts';

interface Item {
  membership: Membership;
  version: Version;
}

/** Gathers what is shown beside versions of one collection: a handful of queries, however many they are. */
export async function showVersions(
  services: Services,
  caller: Caller,
  found: AccessibleCollection,
  items: Item[],
): Promise<ShownVersion[]> {
  if (items.length === 0) return [];
  const { directory, versionDetails } = services;
  const { project, role, collection } = found;
  const reached = items.map(({ version }) => ({ version, through: { project, role }, atSource: false }));
  const aliases = await versionDetails.aliases(items);
  const tags = await versionDetails.tags(reached);
  const names = await directory.names(
    items.map(({ version }) => version.createdBy),
    caller,
  );
  const sources = collection.kind === 'artifact' ? undefined : await sourcesOf(services, caller, reached);
  return items.map(({ membership, version }) => ({
    project,
    collection,
    membership,
    version,
    aliases: (aliases.get(membership.id) ?? []).map(({ alias }) => alias),
    tags: tags.get(version.id) ?? [],
    source: sources?.get(version.id) ?? null,
    createdBy: names.get(version.createdBy ?? 0) ?? null,
  }));
}

export async function renderOneVersion(services: Services, caller: Caller, found: AccessibleCollection & Item) {
  const { project, collection, membership, version } = found;
  const { aliases, tags, username } = await services.versionDetails.beside(found);
  const source = collection.kind === 'artifact' ? undefined : await services.versionAccess.findSource(caller, version);
  const shown: ShownVersion = {
    ...{ project, collection, membership, version, aliases, tags, createdBy: username },
    source: source ? placeAtSource(version, source.collection, source.project) : null,
  };
  return renderVersion(shown, { metadata: true });
}

/** A version that came with all that is shown beside it. */
export function renderShown({ source, username, ...place }: Shown) {
  const shown = { ...place, createdBy: username };
  const at = source && placeAtSource(place.version, source.collection, source.project);
  return renderVersion({ ...shown, source: at ?? null }, { metadata: true });
}

/** The artifacts that linked versions were logged to, where the caller may see those. */
async function sourcesOf(
  { versionDetails }: Services,
  caller: Caller,
  reached: AccessibleVersion[],
): Promise<Map<number, VersionPlace>> {
  const places = new Map<number, VersionPlace>();
  const sources = await versionDetails.sources(caller, reached);
  for (const { version } of reached) {
    const source = sources.get(version.id);
    if (source?.project) places.set(version.id, placeAtSource(version, source.collection, source.project));
  }
  return places;
}

function placeAtSource(version: Version, collection: Collection, { project }: AccessibleProject): VersionPlace {
  return renderPlace({ project, collection, membership: { number: version.number ?? 0 } });
}

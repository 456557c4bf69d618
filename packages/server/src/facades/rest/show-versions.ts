import type { Membership } from '../../domain/collections.ts';
import type { Version } from '../../domain/versions.ts';
import type { Caller } from '../../services/caller.ts';
import type { AccessibleCollection } from '../../services/collections.ts';
import type { Services } from '../../services/services.ts';
import { renderPlace, renderVersion, type ShownVersion } from './render/version.ts';

interface Item {
  membership: Membership;
  version: Version;
}

/** Gathers what is shown beside versions of one collection: a handful of queries, however many they are. */
export async function showVersions(
  { accounts, versionDetails }: Services,
  caller: Caller,
  found: AccessibleCollection,
  items: Item[],
): Promise<ShownVersion[]> {
  if (items.length === 0) return [];
  const { project, role, collection } = found;
  const aliases = await versionDetails.aliases(items);
  const tags = await versionDetails.tags(
    items.map(({ version }) => ({ version, through: { project, role }, atSource: true })),
  );
  const names = await accounts.entityNames(items.map(({ version }) => version.createdBy));
  const linked = collection.kind === 'registered_model';
  const places = linked
    ? await versionDetails.places(
        caller,
        items.map(({ version }) => version.id),
      )
    : undefined;
  return items.map(({ membership, version }) => {
    const source = places?.get(version.id)?.find(place => place.collection.id === version.collectionId);
    return {
      project,
      collection,
      membership,
      version,
      aliases: (aliases.get(membership.id) ?? []).map(({ alias }) => alias),
      tags: tags.get(version.id) ?? [],
      source: source ? renderPlace(source) : null,
      createdBy: names.get(version.createdBy ?? 0) ?? null,
    };
  });
}

export async function renderOneVersion(services: Services, caller: Caller, found: AccessibleCollection & Item) {
  const [shown] = await showVersions(services, caller, found, [found]);
  return renderVersion(shown as ShownVersion, { metadata: true });
}

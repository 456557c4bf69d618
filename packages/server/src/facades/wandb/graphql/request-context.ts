import DataLoader from 'dataloader';
import type { Entity } from '../../../domain/accounts.ts';
import type { Alias, Membership } from '../../../domain/collections.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { Caller } from '../../../services/caller.ts';
import type { Person } from '../../../services/directory.ts';
import type { Attribution } from '../../../services/runs.ts';
import type { Services } from '../../../services/services.ts';
import type { AccessibleVersion } from '../../../services/version-access.ts';
import type { Place, VersionSource } from '../../../services/version-details.ts';
import type { TransferUrls } from '../storage/transfer-urls.ts';

/** What resolvers work with while one request lasts. */
export interface RequestContext {
  caller: Caller;
  /** the API key that the caller came with */
  apiKey: string;
  /** for whom the client says that it works; see `authorOf` in the runs */
  attribution: Attribution;
  services: Services;
  urls: TransferUrls;
  logger: Logger;
  load: Loaders;
}

/**
 * Gathers what a list's rows ask for one by one into single questions. Keys that are objects were loaded through the
 * rules before; keys that are ids are checked by the service that is asked.
 */
export interface Loaders {
  version: DataLoader<number, AccessibleVersion | undefined>;
  places: DataLoader<number, Place[]>;
  source: DataLoader<AccessibleVersion, VersionSource | undefined, number>;
  versionTags: DataLoader<AccessibleVersion, string[], number>;
  aliases: DataLoader<{ membership: Membership }, Alias[], number>;
  collectionTags: DataLoader<number, string[]>;
  person: DataLoader<number, Person | undefined>;
  entity: DataLoader<number, Entity | undefined>;
}

export function createLoaders(services: Services, caller: Caller): Loaders {
  const { versionDetails, collections, directory } = services;
  return {
    version: byKey(ids => versionDetails.findMany(caller, ids)),
    places: new DataLoader(async ids => {
      const places = await versionDetails.places(caller, ids);
      return ids.map(id => places.get(id) ?? []);
    }),
    source: new DataLoader(
      async versions => {
        const sources = await versionDetails.sources(caller, versions);
        return versions.map(({ version }) => sources.get(version.id));
      },
      { cacheKeyFn: ({ version }) => version.id },
    ),
    versionTags: new DataLoader(
      async versions => {
        const tags = await versionDetails.tags(versions);
        return versions.map(({ version }) => tags.get(version.id) ?? []);
      },
      { cacheKeyFn: ({ version }) => version.id, cache: false },
    ),
    aliases: new DataLoader(
      async places => {
        const aliases = await versionDetails.aliases(places);
        return places.map(({ membership }) => aliases.get(membership.id) ?? []);
      },
      { cacheKeyFn: ({ membership }) => membership.id, cache: false },
    ),
    collectionTags: new DataLoader(
      async ids => {
        const tags = await collections.tags([...ids]);
        return ids.map(id => tags.get(id) ?? []);
      },
      { cache: false },
    ),
    person: byKey(ids => directory.people(ids)),
    entity: byKey(ids => directory.entities(caller, ids)),
  };
}

function byKey<T>(find: (ids: readonly number[]) => Promise<Map<number, T>>): DataLoader<number, T | undefined> {
  return new DataLoader(async ids => {
    const found = await find(ids);
    return ids.map(id => found.get(id));
  });
}

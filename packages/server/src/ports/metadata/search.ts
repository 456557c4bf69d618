import type { Collection, CollectionKind, Membership } from '../../domain/collections.ts';
import type { Condition } from '../../domain/conditions.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Run } from '../../domain/runs.ts';
import type { Version } from '../../domain/versions.ts';

/** A version and its place in a collection. */
export interface FoundPlace {
  membership: Membership;
  version: Version;
}

export interface PlaceSearch {
  projectIds: number[];
  kind: CollectionKind;
  /** what the collections have to meet: see `SearchReader` */
  collections?: Condition | undefined;
  versions?: Condition | undefined;
}

/**
 * Lists by conditions. Fields of
 * - versions: `id`, `number`, `tag`, `alias`, `digest`, `description`, `size`, `createdAt`, `updatedAt`, `metadata` (its text),
 *   `metadata.<key path>` (as far as it is indexed: see `metadataRows`);
 * - collections: `id`, `name`, `type`, `tag`, `description`, `createdAt`, `updatedAt`;
 * - runs: `name`, `displayName`, `state`, `tag`, `group`, `jobType`, `sweep`, `user`, `description`, `notes`, `createdAt`, `heartbeatAt`,
 *   `config.<key path>`, `summary.<key path>`.
 */
export interface SearchReader {
  /** versions of one collection by their numbers there */
  listPlaces(
    collectionId: number,
    condition: Condition | undefined,
    page: PageRequest,
    order: 'number' | '-number',
  ): Promise<Page<FoundPlace>>;
  countPlaces(collectionId: number, condition: Condition): Promise<number>;
  /** versions of many collections: those of the newest collection first, in each by number downwards */
  searchPlaces(search: PlaceSearch, page: PageRequest): Promise<Page<FoundPlace & { collection: Collection }>>;
  listRuns(
    projectId: number,
    condition: Condition | undefined,
    page: PageRequest,
    order: 'created_at' | '-created_at',
  ): Promise<Page<Run>>;
  countRuns(projectId: number, condition: Condition | undefined): Promise<number>;
}

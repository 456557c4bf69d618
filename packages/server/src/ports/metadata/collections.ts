import type { Selector } from '../../domain/addresses.ts';
import type { Alias, AliasMove, Collection, CollectionKind, Membership } from '../../domain/collections.ts';
import type { Condition } from '../../domain/conditions.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Project } from '../../domain/projects.ts';
import type { FoundPlace } from './search.ts';

export type CollectionOrder = 'name' | '-name' | 'created_at' | '-created_at' | 'updated_at' | '-updated_at';

export interface CollectionFilter {
  kind?: CollectionKind;
  type?: string;
  /** has every one of these tags */
  tags?: string[];
  /** part of the name, case-insensitive */
  nameContains?: string;
  names?: string[];
  /** leaves out the types that the wandb client makes for itself: see `isInternalType` */
  exceptInternal?: boolean;
  /** on the fields that `SearchReader` names */
  condition?: Condition;
}

/** A version by its number or an alias, in a collection by its name. */
export interface PlaceInCollection {
  projectId: number;
  name: string;
  selector: Selector;
}

/** The same in a project by its name and that of its owner. */
export interface NamedPlace extends Omit<PlaceInCollection, 'projectId'> {
  /** in a registry the name or the display name of the organization */
  owner: string;
  inRegistry: boolean;
  project: string;
}

/** One version in one place, with what is shown beside it: aliases there and tags, both in the order of their bytes. */
export interface ShownPlace extends FoundPlace {
  collection: Collection;
  /** the artifact it was logged to, unless that is gone */
  source: { collection: Collection; project: Project } | undefined;
  aliases: string[];
  tags: string[];
  /** who made it, as long as that user is there */
  username: string | null;
}

/** Artifacts and registered models, the versions' places in them, aliases and tags. */
export interface CollectionsReader {
  findCollection(id: number): Promise<Collection | undefined>;
  findCollections(ids: number[]): Promise<Collection[]>;
  findCollectionAtHome(id: number): Promise<{ collection: Collection; project: Project } | undefined>;
  /** also through the old names of renamed collections */
  findCollectionByName(projectId: number, name: string): Promise<Collection | undefined>;
  isCollectionNameTaken(projectId: number, name: string): Promise<boolean>;
  listCollections(
    projectIds: number[],
    filter: CollectionFilter,
    order: CollectionOrder,
    page: PageRequest,
  ): Promise<Page<Collection>>;
  countCollections(projectIds: number[], filter: CollectionFilter): Promise<number>;

  findMembership(id: number): Promise<Membership | undefined>;
  /** a place of a collection that is known */
  findMembershipIn(collectionId: number, id: number): Promise<Membership | undefined>;
  findPlaceByNumber(collectionId: number, number: number): Promise<FoundPlace | undefined>;
  findPlaceByAlias(collectionId: number, alias: string): Promise<FoundPlace | undefined>;
  /** Undefined also where an old name leads to the collection. For showing only: in a transaction it holds nothing. */
  findShownPlace(place: PlaceInCollection): Promise<ShownPlace | undefined>;
  /** Undefined also where one of the names is an old one, or several organizations go by that of the owner. For showing only. */
  findNamedPlace(place: NamedPlace): Promise<(ShownPlace & { project: Project }) | undefined>;
  findMembershipOfVersion(collectionId: number, versionId: number): Promise<Membership | undefined>;
  /** every place of these versions, artifacts first, in order of creation */
  listMembershipsOfVersions(versionIds: number[]): Promise<Membership[]>;
  listMemberships(collectionId: number, page: PageRequest, order?: 'number' | '-number'): Promise<Page<Membership>>;
  countMemberships(collectionId: number): Promise<number>;
  /** the newest place left, by number */
  findNewestMembership(collectionId: number): Promise<Membership | undefined>;

  findAlias(collectionId: number, alias: string): Promise<Alias | undefined>;
  /** together with where it points; nowhere, if that place was taken away */
  findAliasWithPlace(
    collectionId: number,
    alias: string,
  ): Promise<{ alias: Alias; place: { versionId: number; number: number } | undefined } | undefined>;
  listAliases(collectionId: number, page: PageRequest): Promise<Page<Alias>>;
  listAliasesOfMemberships(membershipIds: number[]): Promise<Alias[]>;
  /** newest first */
  listAliasMoves(collectionId: number, page: PageRequest, alias?: string): Promise<Page<AliasMove>>;
  /** the last recorded move of an alias, removals included, for its revision */
  findLastRevision(collectionId: number, alias: string): Promise<number>;

  /** What is shown beside one version in one place: aliases and tags by name, and the name of a user who is there. */
  findBeside(place: {
    membershipId: number;
    versionId: number;
    userId: number | null;
  }): Promise<{ aliases: string[]; tags: string[]; username: string | null }>;
  listTags(collectionIds: number[]): Promise<readonly { collectionId: number; tag: string }[]>;
  listVersionTags(versionIds: number[]): Promise<readonly { versionId: number; tag: string }[]>;
}

export interface CollectionsWriter extends CollectionsReader {
  insertCollection(collection: Collection): Promise<void>;
  updateCollection(
    id: number,
    changes: { name?: string; description?: string | null; type?: string; updatedAt: number },
  ): Promise<void>;
  deleteCollection(id: number, at: number): Promise<void>;
  /**
   * Takes the next number for a place that is inserted with it, and counts that place, under the collection's row lock:
   * dense in commit order, never reused.
   */
  takeNumber(collectionId: number, at: number): Promise<number>;
  insertMembership(membership: Membership): Promise<void>;
  deleteMembership(id: number, at: number): Promise<void>;
  putAlias(alias: Alias): Promise<void>;
  deleteAlias(collectionId: number, alias: string): Promise<void>;
  insertAliasMove(move: Omit<AliasMove, 'username'>): Promise<void>;
  addTags(collectionId: number, tags: string[]): Promise<void>;
  removeTags(collectionId: number, tags: string[]): Promise<void>;
  addVersionTags(versionId: number, tags: string[]): Promise<void>;
  removeVersionTags(versionId: number, tags: string[]): Promise<void>;
}

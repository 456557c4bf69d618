/**
 * A sequence of versions under one name. A *model artifact* holds the versions that were logged to it; a *registered
 * model* holds links to versions of artifacts. Both number their versions from 0 and have aliases of their own.
 */
export type CollectionKind = 'artifact' | 'registered_model';

export interface Collection {
  id: number;
  projectId: number;
  kind: CollectionKind;
  name: string;
  /** artifact type, e.g. `model`; a collection holds one type */
  type: string;
  description: string | null;
  createdBy: number | null;
  createdAt: number;
  updatedAt: number;
}

/** A version's place in a collection: its own number there. In an artifact it is the version itself, elsewhere a link. */
export interface Membership {
  id: number;
  collectionId: number;
  versionId: number;
  /** v0, v1, …: order of logging, or of linking; dense when given, never reused */
  number: number;
  createdBy: number | null;
  createdAt: number;
}

/** A movable name for exactly one version inside one collection. */
export interface Alias {
  id: number;
  collectionId: number;
  alias: string;
  membershipId: number;
  versionId: number;
  /** grows by one with every move */
  revision: number;
  updatedAt: number;
}

/** One recorded move of an alias; replaying a collection's moves gives its alias table. */
export interface AliasMove {
  id: number;
  collectionId: number;
  alias: string;
  fromVersionId: number | null;
  fromNumber: number | null;
  toVersionId: number | null;
  toNumber: number | null;
  revision: number;
  userId: number | null;
  username: string | null;
  keyId: number | null;
  requestId: string | null;
  reason: string | null;
  at: number;
}

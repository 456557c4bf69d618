import type { Collection } from '../../../domain/collections.ts';
import type { Project } from '../../../domain/projects.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Role } from '../../../domain/roles.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import type { AccessibleVersion } from '../../../services/version-access.ts';
import type { Place } from '../../../services/version-details.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { decodeId, type IdType } from '../ids.ts';

/** A collection; without its project where the caller sees it only as the source of something linked. */
export interface CollectionNode {
  collection: Collection;
  project?: Project;
  role?: Role;
}

/** A version's place in a collection; `version` where it was loaded already. */
export interface PlaceNode extends Place {
  version?: AccessibleVersion;
}

export interface TypeNode {
  found: AccessibleProject;
  id: number;
  name: string;
  createdAt: number;
}

export function accessible(node: CollectionNode): AccessibleCollection | undefined {
  const { collection, project, role } = node;
  return project && role ? { collection, project, role } : undefined;
}

/** Ids that are not of the type are ids of nothing. @throws RegistryError `NOT_FOUND` */
export function requireId(type: IdType | readonly IdType[], id: string, what: string): number {
  const number = decodeId(type, id);
  if (number === undefined) throw new RegistryError('NOT_FOUND', `There is no such ${what}, or you may not see it.`);
  return number;
}

/** What does not exist and what one may not see is null; every other failure stays one. */
export async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof RegistryError && (error.code === 'NOT_FOUND' || error.code === 'INVALID_ADDRESS')) return null;
    throw error;
  }
}

/** The version itself, as the caller may see it now. */
export async function versionNode(context: RequestContext, id: number): Promise<AccessibleVersion> {
  context.load.version.clear(id);
  const found = await context.load.version.load(id);
  if (!found) throw new RegistryError('NOT_FOUND', 'There is no such artifact version, or you may not see it.');
  return found;
}

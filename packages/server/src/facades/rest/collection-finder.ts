import type { AccessibleProject } from '../../services/access.ts';
import type { Caller } from '../../services/caller.ts';
import type { AccessibleCollection } from '../../services/collections.ts';
import type { Services } from '../../services/services.ts';

/**
 * How the address of a collection finds it. What is done to artifacts and to registered models is written once and
 * told one of these.
 */
export interface CollectionFinder<Params> {
  home(caller: Caller, params: Omit<Params, 'name'>): Promise<AccessibleProject>;
  collection(caller: Caller, params: Params): Promise<AccessibleCollection>;
}

export interface ArtifactParams {
  entity: string;
  project: string;
  name: string;
}

export interface ModelParams {
  organization: string;
  registry: string;
  name: string;
}

export function artifactFinder({ access, collections }: Services): CollectionFinder<ArtifactParams> {
  return {
    home: (caller, { entity, project }) => access.project(caller, entity, project, 'project.read'),
    collection: (caller, { entity, project, name }) => collections.get(caller, entity, project, name),
  };
}

export function modelFinder({ registries, collections }: Services): CollectionFinder<ModelParams> {
  const home = (caller: Caller, { organization, registry }: Omit<ModelParams, 'name'>) =>
    registries.get(caller, organization, registry);
  return { home, collection: async (caller, params) => collections.within(await home(caller, params), params.name) };
}

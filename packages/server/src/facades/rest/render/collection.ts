import type { Artifact, RegisteredModel } from '@weighhouse/contract';
import type { Collection } from '../../../domain/collections.ts';
import type { Project } from '../../../domain/projects.ts';
import { registryName } from './project.ts';
import { isoTime } from './time.ts';

/** A collection with what is shown beside it. */
export interface ShownCollection {
  project: Project;
  collection: Collection;
  tags: string[];
  createdBy: string | null;
  versionCount?: number;
}

export function renderArtifact(shown: ShownCollection): Artifact {
  const { project, collection } = shown;
  return { ...renderShared(shown), kind: collection.kind, entity: project.entityName, project: project.name };
}

export function renderModel(shown: ShownCollection): RegisteredModel {
  return { ...renderShared(shown), organization: shown.project.entityName, registry: registryName(shown.project) };
}

function renderShared({ project, collection, tags, createdBy, versionCount }: ShownCollection) {
  return {
    id: String(collection.id),
    name: collection.name,
    type: collection.type,
    description: collection.description,
    tags,
    address: `${project.entityName}/${project.name}/${collection.name}`,
    createdBy,
    createdAt: isoTime(collection.createdAt),
    updatedAt: isoTime(collection.updatedAt),
    versionCount,
  };
}

import type { Fields, Resolvers } from '../graphql/fields.ts';
import { accountMutations } from './account-mutations.ts';
import { accountQueries, accountTypes } from './accounts.ts';
import { automationMutations, automationTypeNames, automationTypes } from './automations.ts';
import { collectionMutations } from './collection-mutations.ts';
import { collectionQueries, collectionTypeName, collectionTypes } from './collections.ts';
import { linkMutations } from './link-mutations.ts';
import type { CollectionNode } from './nodes.ts';
import { projectQueries, projectTypes } from './projects.ts';
import { entityLists } from './registries.ts';
import { registryMutations } from './registry-mutations.ts';
import { runMutations } from './run-mutations.ts';
import { runTypes } from './runs.ts';
import { serverInfoQueries } from './server-info.ts';
import { emptyLists, unsupportedMutations } from './unsupported.ts';
import { uploadMutations } from './upload-mutations.ts';
import { versionMutations } from './version-mutations.ts';
import { versionQueries, versionTypes } from './versions.ts';

const countedTypes = [
  'RunConnection',
  'FileConnection',
  'ArtifactCollectionConnection',
  'ArtifactConnection',
  'VersionedArtifactConnection',
];

/** Counting waits until somebody asks. */
const counted: Fields<{ totalCount?: number | (() => number | Promise<number>) }> = {
  totalCount: ({ totalCount }) => (typeof totalCount === 'function' ? totalCount() : totalCount),
};

/** Every resolver, by type and field. */
export const resolvers: Resolvers = {
  Query: { ...serverInfoQueries, ...accountQueries, ...projectQueries, ...collectionQueries, ...versionQueries },
  Mutation: {
    ...runMutations,
    ...registryMutations,
    ...versionMutations,
    ...uploadMutations,
    ...linkMutations,
    ...collectionMutations,
    ...accountMutations,
    ...automationMutations,
    ...unsupportedMutations,
  },
  ...accountTypes,
  ...runTypes,
  ...collectionTypes,
  ...versionTypes,
  ...Object.fromEntries(countedTypes.map(type => [type, counted])),
  ...automationTypes,
  Entity: { ...accountTypes.Entity, ...entityLists, ...automationTypes.Entity },
  Organization: { ...accountTypes.Organization, ...automationTypes.Organization },
  Project: { ...projectTypes.Project, ...automationTypes.Project, ...emptyLists.Project },
};

/** Which type an object is, where a field may give several. */
export const typeNames = {
  ArtifactCollection: { __resolveType: collectionTypeName },
  Initiator: { __resolveType: (source: object) => ('run' in source ? 'Run' : 'User') },
  TriggerScope: { __resolveType: scopeTypeName },
  ...automationTypeNames,
};

function scopeTypeName(source: object): string {
  if ('collection' in source) return collectionTypeName(source as CollectionNode);
  return 'project' in source ? 'Project' : 'Entity';
}

import { helper, helpers } from './cast.ts';
import { projects, registries } from './expected.ts';
import { mutation } from './graphql-request.ts';
import type { Probe } from './probe.ts';
import { globalId, type Place, type World } from './world.ts';

const collection: Probe['fresh'] = (world, place) => world.freshCollection(place);

const aliasInput = ({ entity, project, collection: name, versionId, alias }: Place) => ({
  artifactID: versionId,
  aliases: [{ entityName: entity, projectName: project, artifactCollectionName: name, alias }],
});
const tagsInput = ({ entity, project, collection: name }: Place) => ({
  ...{ entityName: entity, projectName: project, artifactCollectionName: name, tags: [{ tagName: 'seen' }] },
});
const ofSequence = ({ collectionId }: Place) => ({ artifactSequenceID: collectionId });
const ofPortfolio = ({ collectionId }: Place) => ({ artifactPortfolioID: collectionId });

const collections: Probe[] = [
  mutation('link.write', 'linkArtifact', 'versionIndex', ({ entity, project, versionId }, world) => ({
    ...{ artifactID: versionId, entityName: entity, projectName: project, artifactPortfolioName: world.name('n') },
  })),
  mutation(
    'link.write',
    'linkArtifact',
    'versionIndex',
    place => ({
      artifactID: place.versionId,
      ...ofPortfolio(place),
    }),
    { on: registries, as: 'by id' },
  ),
  mutation(
    'link.write',
    'unlinkArtifact',
    'success',
    place => ({ artifactID: place.versionId, ...ofPortfolio(place) }),
    { on: registries, fresh: collection },
  ),
  mutation('alias.move', 'addAliases', 'success', aliasInput),
  mutation('alias.move', 'deleteAliases', 'success', aliasInput, {
    fresh: (world, place) => world.freshAlias(place),
  }),
  mutation(
    'collection.edit',
    'updateArtifactSequence',
    'artifactCollection { id }',
    place => ({
      ...ofSequence(place),
      description: 'changed',
    }),
    { on: projects },
  ),
  mutation(
    'collection.edit',
    'updateArtifactPortfolio',
    'artifactCollection { id }',
    place => ({
      ...ofPortfolio(place),
      description: 'changed',
    }),
    { on: registries },
  ),
  mutation(
    'collection.edit',
    'moveArtifactSequence',
    'artifactCollection { id }',
    place => ({
      ...ofSequence(place),
      destinationArtifactTypeName: 'model',
    }),
    { on: projects },
  ),
  mutation('collection.delete', 'deleteArtifactSequence', 'artifactCollection { state }', ofSequence, {
    on: projects,
    fresh: collection,
  }),
  mutation('collection.delete', 'deleteArtifactPortfolio', 'artifactCollection { state }', ofPortfolio, {
    on: registries,
    fresh: collection,
  }),
  mutation('tag.write', 'createArtifactCollectionTagAssignments', 'tags { name }', tagsInput),
  mutation('tag.write', 'deleteArtifactCollectionTagAssignments', 'success', tagsInput),
];

const project: Probe['fresh'] = (world, place) => world.freshProject(place);
const helperId = (world: World) => entityId(world, helper);
const helpersId = (world: World) => entityId(world, helpers);

/** Members are named by ids, which the world knows after its first look. */
const entityIds = new WeakMap<World, Map<string, string>>();

export async function learnIds(world: World): Promise<void> {
  const ids = new Map<string, string>();
  for (const [name, type] of [
    [helper, 'User'],
    [helpers, 'Entity'],
  ] as const) {
    const entity = await world.registry.store.read.accounts.findEntityByName(name);
    ids.set(name, globalId(type, entity?.id ?? 0));
  }
  entityIds.set(world, ids);
}

function entityId(world: World, name: string): string {
  return entityIds.get(world)?.get(name) ?? '';
}

const settings: Probe[] = [
  mutation(
    'project.edit',
    'upsertModel',
    'project { id }',
    ({ projectId }, world) => ({
      id: projectId,
      description: world.name('text'),
    }),
    { as: 'by id' },
  ),
  mutation(
    'project.edit',
    'upsertModel',
    'project { id }',
    ({ entity, project: name }, world) => ({ entityName: entity, name, description: world.name('text') }),
    { as: 'by name', creates: true, on: projects },
  ),
  mutation(
    'project.settings',
    'upsertModel',
    'project { id }',
    ({ projectId }) => ({
      id: projectId,
      allowAllArtifactTypesInRegistry: true,
    }),
    { as: 'with settings', on: registries, fresh: project },
  ),
  mutation(
    'project.settings',
    'renameProject',
    'project { id }',
    ({ entity, project: name }, world) => ({
      ...{ entityName: entity, oldProjectName: name },
      newProjectName: `${name.startsWith('wandb-registry-') ? 'wandb-registry-' : ''}${world.name('renamed')}`,
    }),
    { fresh: project },
  ),
  mutation('project.delete', 'deleteModel', 'success', ({ projectId }) => ({ id: projectId }), { fresh: project }),
  mutation(
    'members.manage',
    'createProjectMembers',
    'success',
    ({ projectId }, world) => ({ projectId, userIds: [helperId(world)], teamIds: [helpersId(world)] }),
    { on: registries },
  ),
  mutation(
    'members.manage',
    'updateProjectMember',
    'success',
    ({ projectId }, world) => ({ projectId, userId: helperId(world), userProjectRole: 'viewer' }),
    { on: registries },
  ),
  mutation(
    'members.manage',
    'updateProjectTeamMember',
    'success',
    ({ projectId }, world) => ({ projectId, teamId: helpersId(world), teamProjectRole: 'viewer' }),
    { on: registries },
  ),
  mutation(
    'members.manage',
    'deleteProjectMembers',
    'success',
    ({ projectId }, world) => ({ projectId, userIds: [helperId(world)], teamIds: [helpersId(world)] }),
    { on: registries },
  ),
];

export const graphqlSettingProbes: readonly Probe[] = [...collections, ...settings];

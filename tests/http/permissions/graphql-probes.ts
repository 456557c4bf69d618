import type { ProjectAction } from '../../../packages/server/src/domain/policy.ts';
import type { Asker } from './asker.ts';
import { helper, helpers } from './cast.ts';
import { type PlaceName, places, projects, registries } from './expected.ts';
import type { Probe } from './probe.ts';
import { globalId, type Place, trigger, type World } from './world.ts';

type Input = (place: Place, world: World, asker: Asker) => unknown;

interface More extends Partial<Pick<Probe, 'on' | 'fresh' | 'creates' | 'silent' | 'gap'>> {
  /** tells apart several ways of sending the same mutation */
  as?: string;
}

/** A mutation as the client sends it: one field with one input. */
export function mutation(action: ProjectAction, field: string, answer: string, input: Input, more: More = {}): Probe {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${field}(input: $input) { ${answer} } }`;
  return {
    name: `GraphQL ${field}${more.as ? ` ${more.as}` : ''}`,
    facade: 'GraphQL',
    action,
    covers: [`Mutation.${field}`],
    on: more.on ?? places,
    fresh: more.fresh,
    creates: more.creates,
    silent: more.silent,
    gap: more.gap,
    send: (asker, place, world) => asker.graphql(document, { input: input(place, world, asker) }),
    found: data => data[field],
  };
}

/** A query; `path` leads to what it came for. */
function query(
  action: ProjectAction,
  root: string,
  path: string,
  document: string,
  variables: (place: Place) => Record<string, unknown>,
  on: readonly PlaceName[] = places,
): Probe {
  return {
    name: `GraphQL ${path}`,
    facade: 'GraphQL',
    action,
    covers: [`Query.${root}`],
    on,
    send: (asker, place) => asker.graphql(document, variables(place)),
    found: data => path.split('.').reduce<unknown>((value, key) => step(value, key), data),
  };
}

function step(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const ofProject = ({ entity, project }: Place) => ({ e: entity, p: project });
const inProject = (fields: string) =>
  `query ($e: String, $p: String) { project(name: $p, entityName: $e) { ${fields} } }`;
const named = (fields: string) =>
  `query ($e: String, $p: String, $n: String!) { project(name: $p, entityName: $e) { ${fields} } }`;
const firstVersion = (place: Place) => ({ ...ofProject(place), n: `${place.collection}:v0` });

function read(path: string, fields: string, on?: readonly PlaceName[]): Probe {
  return query('project.read', 'project', path, inProject(fields), ofProject, on);
}

function readNamed(path: string, fields: string, name: (place: Place) => string, on?: readonly PlaceName[]): Probe {
  return query('project.read', 'project', path, named(fields), place => ({ ...ofProject(place), n: name(place) }), on);
}

const edges = (fields: string) => `{ edges { node { ${fields} } } }`;
const byId = (root: string, fields: string) => `query ($id: ID!) { ${root}(id: $id) { ${fields} } }`;

const queries: Probe[] = [
  read('project.id', 'id name'),
  query(
    'project.read',
    'model',
    'model.id',
    'query ($e: String, $p: String) { model(name: $p, entityName: $e) { id } }',
    ofProject,
  ),
  read('project.artifactTypes', `artifactTypes ${edges('name')}`),
  read('project.artifactCollections', `artifactCollections ${edges('id name')}`),
  read('project.members', 'members { username role { name } } teamMembers { team { name } }', registries),
  read('project.runs', `runs ${edges('id name')}`, projects),
  readNamed('project.run', 'run(name: $n) { id summaryMetrics }', ({ run }) => run, projects),
  readNamed('project.artifact', 'artifact(name: $n) { id metadata }', firstVersion_),
  readNamed('project.artifactCollection', 'artifactCollection(name: $n) { id }', ({ collection }) => collection),
  readNamed(
    'project.artifactCollectionMembership',
    'artifactCollectionMembership(name: $n) { id versionIndex artifact { id digest } }',
    firstVersion_,
  ),
  query('project.read', 'artifact', 'artifact.id', byId('artifact', 'id digest metadata usedBy { totalCount }'), v),
  query('project.read', 'artifactCollection', 'artifactCollection.id', byId('artifactCollection', 'id name'), c),
  query(
    'project.read',
    'clientIDMapping',
    'clientIDMapping.serverID',
    'query ($id: ID!) { clientIDMapping(clientID: $id) { serverID } }',
    place => ({ id: place.clientId }),
  ),
  query('file.read', 'artifact', 'artifact.files', byId('artifact', `files ${edges('name directUrl')}`), v),
  query(
    'file.read',
    'project',
    'project.artifactCollectionMembership.files',
    named(`artifactCollectionMembership(name: $n) { files ${edges('name directUrl')} }`),
    firstVersion,
  ),
  query(
    'file.read',
    'artifact',
    'artifact.filesByManifestEntries',
    byId(
      'artifact',
      `filesByManifestEntries(entries: [{name: "weights/model.bin", digest: "x"}], storageLayout: "V2", manifestVersion: "1") ${edges('url')}`,
    ),
    v,
  ),
];

function firstVersion_({ collection }: Place): string {
  return `${collection}:v0`;
}
function v({ versionId }: Place) {
  return { id: versionId };
}
function c({ collectionId }: Place) {
  return { id: collectionId };
}

const ofRun = ({ entity, project, run }: Place) => ({ entityName: entity, projectName: project, runName: run });
const freshRun: Probe['fresh'] = (world, place) => world.freshRun(place);
const collection: Probe['fresh'] = (world, place) => world.freshCollection(place);
const viewersPass = 'the resolver loads the run as a reader and never asks for run.write';

const runs: Probe[] = [
  mutation(
    'run.write',
    'upsertBucket',
    'inserted bucket { id }',
    ({ entity, project }, world) => ({ name: world.name('r'), modelName: project, entityName: entity }),
    { on: projects, creates: true },
  ),
  mutation('run.write', 'upsertBucket', 'bucket { id }', ({ runId }) => ({ id: runId, notes: 'changed' }), {
    on: projects,
    as: 'by id',
  }),
  mutation('run.write', 'stopRun', 'success', ({ runId }) => ({ id: runId }), { on: projects }),
  mutation('run.write', 'updateRunState', 'success', ({ runId }) => ({ id: runId, state: 'running' }), {
    on: projects,
  }),
  mutation('run.write', 'createRunFiles', 'runID', place => ({ ...ofRun(place), files: ['new.txt'] }), {
    on: projects,
  }),
  mutation('run.write', 'markRunFilesUploaded', 'success', place => ({ ...ofRun(place), files: ['new.txt'] }), {
    on: projects,
    gap: viewersPass,
  }),
  mutation(
    'run.write',
    'notifyScriptableRunAlert',
    'success',
    place => ({ ...ofRun(place), title: 'look', text: 'here' }),
    { on: projects, gap: viewersPass },
  ),
  mutation('run.write', 'deleteRun', 'clientMutationId', ({ runId }) => ({ id: runId }), {
    on: projects,
    fresh: freshRun,
    silent: async (world, { runId }) => (await world.registry.store.read.runs.findRun(decimal(runId))) !== undefined,
  }),
  mutation('run.write', 'deleteFiles', 'success', ({ runFileId }) => ({ files: [runFileId] }), {
    on: projects,
    fresh: async (world, place) => world.freshRunFile(await world.freshRun(place)),
    silent: async (world, { runFileId }) =>
      (await world.registry.store.read.runs.findRunFile(decimal(runFileId))) !== undefined,
  }),
];

const artifactOf = ({ entity, project }: Place, world: World) => ({
  ...{ entityName: entity, projectName: project, artifactTypeName: 'model', artifactCollectionName: world.name('n') },
  ...{ digest: 'd41d8cd98f00b204e9800998ecf8427e', digestAlgorithm: 'MANIFEST_MD5', clientID: world.name('client') },
});

const versions: Probe[] = [
  mutation('version.log', 'createArtifact', 'artifact { id state }', artifactOf, { on: projects, creates: true }),
  mutation(
    'version.log',
    'createArtifactType',
    'artifactType { name }',
    ({ entity, project }) => ({ entityName: entity, projectName: project, name: 'model' }),
    { on: projects, creates: true },
  ),
  mutation('version.edit', 'updateArtifact', 'artifact { id }', place => ({
    artifactID: place.versionId,
    description: 'changed',
    tagsToAdd: [{ tagName: 'seen' }],
  })),
  mutation(
    'version.delete',
    'deleteArtifact',
    'artifact { state }',
    place => ({
      artifactID: place.versionId,
      deleteAliases: true,
    }),
    { fresh: collection },
  ),
  mutation('file.read', 'useArtifact', 'artifact { id }', ({ versionId }, _world, { username }) => ({
    ...{ artifactID: versionId, entityName: username, projectName: 'own', runName: 'run1' },
  })),
];

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

export function decimal(id: string): number {
  return Number(Buffer.from(id, 'base64').toString('latin1').split(':').at(-1));
}

const freshTrigger: Probe['fresh'] = (world, place) => world.freshTrigger(place);

const automations: Probe[] = [
  read('project.triggers', 'triggers { id name }'),
  mutation(
    'automation.write',
    'createFilterTrigger',
    'trigger { id }',
    ({ projectId }, world) => trigger(world.name('automation'), 'PROJECT', projectId),
    { as: 'on a project' },
  ),
  mutation(
    'automation.write',
    'createFilterTrigger',
    'trigger { id }',
    ({ collectionId }, world) => trigger(world.name('automation'), 'ARTIFACT_COLLECTION', collectionId),
    { as: 'on a collection' },
  ),
  mutation(
    'automation.write',
    'updateFilterTrigger',
    'trigger { id }',
    ({ triggerId }) => ({ id: triggerId, enabled: false }),
    { fresh: freshTrigger },
  ),
  mutation('automation.write', 'deleteTrigger', 'success', ({ triggerId }) => ({ triggerID: triggerId }), {
    fresh: freshTrigger,
  }),
];

export const graphqlProbes: readonly Probe[] = [
  ...automations,
  ...queries,
  ...runs,
  ...versions,
  ...collections,
  ...settings,
];

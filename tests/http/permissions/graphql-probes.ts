import { type PlaceName, projects, registries } from './expected.ts';
import { decimal, mutation, query } from './graphql-request.ts';
import type { Probe } from './probe.ts';
import { type Place, trigger, type World } from './world.ts';

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
  }),
  mutation(
    'run.write',
    'notifyScriptableRunAlert',
    'success',
    place => ({ ...ofRun(place), title: 'look', text: 'here' }),
    { on: projects },
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

export const graphqlProbes: readonly Probe[] = [...automations, ...queries, ...runs, ...versions];

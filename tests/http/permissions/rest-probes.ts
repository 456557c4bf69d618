import { api, type Endpoint } from '@weighhouse/contract';
import type { ProjectAction } from '../../../packages/server/src/domain/policy.ts';
import { type Asker, succeeded } from './asker.ts';
import { helper, helpers } from './cast.ts';
import { type PlaceName, places, projects, registries } from './expected.ts';
import type { Probe } from './probe.ts';
import { type Place, params, runFile, type World } from './world.ts';

type Values = (place: Place, world: World, asker: Asker) => unknown;

interface More {
  on?: readonly PlaceName[];
  params?: (place: Place, world: World) => Record<string, string>;
  query?: (place: Place) => Record<string, string>;
  body?: Values;
  raw?: string;
  fresh?: Probe['fresh'];
  creates?: true;
}

function rest(action: ProjectAction, endpoint: Endpoint, more: More = {}): Probe {
  const ofModels = endpoint.path.startsWith('/registries/');
  return {
    name: `REST ${endpoint.id}`,
    facade: 'REST',
    action,
    covers: endpoint.id,
    on: more.on ?? (ofModels ? registries : places),
    fresh: more.fresh,
    creates: more.creates,
    send: (asker, place, world) =>
      asker.rest(endpoint, {
        params: { ...params(place), ...more.params?.(place, world) },
        query: more.query?.(place),
        body: more.body?.(place, world, asker),
        raw: more.raw === undefined ? undefined : new TextEncoder().encode(more.raw),
      }),
  };
}

const collection: Probe['fresh'] = (world, place) => world.freshCollection(place);
const project: Probe['fresh'] = (world, place) => world.freshProject(place);
const alias: Probe['fresh'] = (world, place) => world.freshAlias(place);
const ofHelper = () => ({ username: helper, team: helpers });
const newName = (_place: Place, world: World) => ({ name: world.name('n') });
const describe = { body: () => ({ description: 'changed' }) };
const ownRun: Values = (_place, _world, { username }) => ({ run: { entity: username, project: 'own', name: 'run1' } });
const byAddress = ({ entity, project: name, collection: model }: Place) => ({
  address: `${entity}/${name}/${model}:v0`,
});

const { artifacts, artifactVersions, artifactAliases, models, modelVersions, modelAliases } = api;

const reading: Probe[] = [
  rest('project.read', api.addresses.resolve, { query: byAddress }),
  ...[api.projects.get, artifacts.list, artifacts.get].map(one => rest('project.read', one)),
  ...[artifactVersions.list, artifactVersions.get, artifactVersions.lineage, artifactVersions.links].map(one =>
    rest('project.read', one),
  ),
  ...[artifactAliases.list, artifactAliases.get, artifactAliases.history, artifactAliases.allHistory].map(one =>
    rest('project.read', one),
  ),
  ...[api.registries.get, api.registries.members, api.registries.teams, models.list, models.get].map(one =>
    rest('project.read', one),
  ),
  ...[modelVersions.list, modelVersions.get, modelVersions.lineage].map(one => rest('project.read', one)),
  ...[modelAliases.list, modelAliases.get, modelAliases.history, modelAliases.allHistory].map(one =>
    rest('project.read', one),
  ),
  ...[api.runs.list, api.runs.get, api.runs.history, api.runs.inputs, api.runs.outputs, api.runs.files].map(one =>
    rest('project.read', one, { on: projects }),
  ),
  ...[artifactVersions.files, artifactVersions.download, modelVersions.files, modelVersions.download].map(one =>
    rest('file.read', one),
  ),
  ...[artifactVersions.use, modelVersions.use].map(one => rest('file.read', one, { body: ownRun })),
  rest('file.read', api.runs.download, { on: projects, params: () => ({ path: runFile }) }),
];

const aBlob = { sha256: '87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7' };
const someReference = { references: [{ path: 'a', uri: 's3://bucket/a', digest: 'etag' }] };

const logging: Probe[] = [
  rest('version.log', api.uploads.putBlob, { on: projects, params: () => aBlob, raw: 'a\n', creates: true }),
  rest('version.log', api.uploads.open, { on: projects, body: () => ({}), creates: true }),
  rest('version.log', artifactVersions.create, {
    on: projects,
    params: newName,
    body: () => someReference,
    creates: true,
  }),
  rest('version.edit', artifactVersions.update, describe),
  rest('version.edit', artifactVersions.tag),
  rest('version.edit', artifactVersions.untag),
  rest('version.delete', artifactVersions.delete, {
    on: projects,
    query: () => ({ force: 'true' }),
    fresh: collection,
  }),
  rest('run.write', api.runs.put, {
    on: projects,
    params: (_place, world) => ({ run: world.name('r') }),
    body: () => ({}),
    creates: true,
  }),
  rest('run.write', api.runs.update, { on: projects, body: () => ({ notes: 'changed' }) }),
  rest('run.write', api.runs.delete, { on: projects, fresh: (world, place) => world.freshRun(place) }),
];

const collections: Probe[] = [
  rest('collection.create', artifacts.create, {
    on: projects,
    body: (_place, world) => ({ name: world.name('n') }),
    creates: true,
  }),
  rest('collection.create', models.create, { body: (_place, world) => ({ name: world.name('n') }) }),
  ...[artifacts.update, models.update].map(one => rest('collection.edit', one, describe)),
  rest('collection.delete', artifacts.delete, { fresh: collection, query: () => ({ force: 'true' }) }),
  rest('collection.delete', models.delete, { fresh: collection }),
  ...[artifacts.tag, artifacts.untag, models.tag, models.untag].map(one => rest('tag.write', one)),
  ...[artifactAliases.set, modelAliases.set].map(one =>
    rest('alias.move', one, { body: () => ({ version: 'v0', reason: 'because' }) }),
  ),
  ...[artifactAliases.remove, modelAliases.remove].map(one => rest('alias.move', one, { fresh: alias })),
  rest('link.write', artifactVersions.link, {
    on: registries,
    body: ({ entity, registry }, world) => ({ organization: entity, registry, model: world.name('n') }),
  }),
  rest('link.write', modelVersions.link, { params: newName, body: place => ({ version: place.versionNumber }) }),
  rest('link.write', modelVersions.unlink, { fresh: collection }),
  // By the address of its project a registered model looks like an artifact; deleting is unlinking there.
  rest('link.write', artifactVersions.delete, { on: registries, fresh: collection }),
];

const settings: Probe[] = [
  rest('project.edit', api.projects.update, describe),
  rest('project.edit', api.projects.put, { ...describe, creates: true }),
  rest('project.settings', api.projects.update, {
    on: projects,
    fresh: project,
    body: (_place, world) => ({ name: world.name('renamed') }),
  }),
  rest('project.settings', api.registries.update, { body: () => ({ addTypes: ['model'] }) }),
  rest('project.settings', api.registries.update, { fresh: project, body: () => ({ allTypes: true }) }),
  rest('project.settings', api.registries.update, {
    fresh: project,
    body: (_place, world) => ({ name: world.name('renamed') }),
  }),
  rest('project.settings', api.registries.update, { fresh: project, body: () => ({ visibility: 'organization' }) }),
  rest('project.delete', api.projects.delete, { fresh: project }),
  rest('project.delete', api.registries.delete, { fresh: project }),
  rest('members.manage', api.registries.setMember, { params: ofHelper, body: () => ({ role: 'viewer' }) }),
  rest('members.manage', api.registries.setTeam, { params: ofHelper, body: () => ({ role: 'viewer' }) }),
  rest('members.manage', api.registries.removeMember, { params: ofHelper, fresh: grantHelper('member') }),
  rest('members.manage', api.registries.removeTeam, { params: ofHelper, fresh: grantHelper('team') }),
];

function grantHelper(what: 'member' | 'team'): Probe['fresh'] {
  return async ({ maker }, place) => {
    const endpoint = what === 'member' ? api.registries.setMember : api.registries.setTeam;
    const body = { role: 'viewer' };
    succeeded(await maker.rest(endpoint as Endpoint, { params: { ...params(place), ...ofHelper() }, body }));
    return place;
  };
}

export const restProbes: readonly Probe[] = [...reading, ...logging, ...collections, ...settings];

import { api, type Endpoint } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from './bytes.ts';
import type { Request, RestClient } from './rest-client.ts';
import { classifier, registered, World } from './world.ts';

/** Which status each kind of person gets. A person of the organization who is not in the team sees that it exists. */
type Person = 'outsider' | 'viewer' | 'member' | 'admin';
type Row = [name: string, endpoint: Endpoint, request: Record<string, unknown>, expected: Record<Person, number>];

const organization = 'weighhouse';
const home = { entity: 'research', project: 'churn' };
const v0 = { ...classifier, version: 'v0' };
let counter = 0;
const fresh = () => `name${counter++}`;

const rows: Row[] = [
  ['list users', api.users.list, {}, { outsider: 403, viewer: 403, member: 403, admin: 403 }],
  [
    'create a user',
    api.users.create,
    { body: { username: 'new' } },
    { outsider: 403, viewer: 403, member: 403, admin: 403 },
  ],
  [
    'read another user',
    api.users.get,
    { params: { username: 'admin' } },
    { outsider: 404, viewer: 404, member: 404, admin: 404 },
  ],
  [
    "make another user's key",
    api.apiKeys.create,
    { params: { username: 'admin' }, body: {} },
    { outsider: 404, viewer: 404, member: 404, admin: 404 },
  ],
  [
    'create an organization',
    api.organizations.create,
    { body: { name: 'x', admin: 'admin' } },
    { outsider: 403, viewer: 403, member: 403, admin: 403 },
  ],
  [
    'read the organization',
    api.organizations.get,
    { params: { organization } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'list its members',
    api.organizationMembers.list,
    { params: { organization } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'change it',
    api.organizations.update,
    { params: { organization }, body: { displayName: 'Weighhouse' } },
    { outsider: 404, viewer: 403, member: 403, admin: 200 },
  ],
  [
    'delete it',
    api.organizations.delete,
    { params: { organization } },
    { outsider: 404, viewer: 403, member: 403, admin: 409 },
  ],
  [
    'add a member',
    api.organizationMembers.set,
    { params: { organization, username: 'admin' }, body: { role: 'admin' } },
    { outsider: 404, viewer: 403, member: 403, admin: 200 },
  ],
  [
    'create a team',
    api.teams.create,
    { body: { name: '?', organization } },
    { outsider: 404, viewer: 403, member: 403, admin: 201 },
  ],
  [
    'read the team',
    api.teams.get,
    { params: { team: 'research' } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'add to the team',
    api.teamMembers.set,
    { params: { team: 'research', username: 'admin' }, body: { role: 'admin' } },
    { outsider: 404, viewer: 403, member: 403, admin: 200 },
  ],
  [
    'list projects of the team',
    api.projects.list,
    { params: { entity: 'research' } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'create a project',
    api.projects.create,
    { params: { entity: 'research' }, body: { name: '?' } },
    { outsider: 404, viewer: 403, member: 201, admin: 201 },
  ],
  ['read a project', api.projects.get, { params: home }, { outsider: 404, viewer: 200, member: 200, admin: 200 }],
  [
    'describe a project',
    api.projects.update,
    { params: home, body: { description: 'x' } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'rename a project',
    api.projects.update,
    { params: { ...home, project: 'churn' }, body: { name: 'churn' } },
    { outsider: 404, viewer: 403, member: 403, admin: 200 },
  ],
  ['list artifacts', api.artifacts.list, { params: home }, { outsider: 404, viewer: 200, member: 200, admin: 200 }],
  [
    'create an artifact',
    api.artifacts.create,
    { params: home, body: { name: '?' } },
    { outsider: 404, viewer: 403, member: 201, admin: 201 },
  ],
  ['read a version', api.artifactVersions.get, { params: v0 }, { outsider: 404, viewer: 200, member: 200, admin: 200 }],
  [
    'resolve it',
    api.addresses.resolve,
    { query: { address: 'research/churn/classifier:v0' } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'download a file',
    api.artifactVersions.download,
    { params: { ...v0, path: 'model.bin' } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'log a version',
    api.artifactVersions.create,
    { params: classifier, body: { files: [] } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'open an upload',
    api.uploads.open,
    { params: home, body: {} },
    { outsider: 404, viewer: 403, member: 201, admin: 201 },
  ],
  [
    'describe a version',
    api.artifactVersions.update,
    { params: v0, body: { description: 'x' } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'tag a version',
    api.artifactVersions.tag,
    { params: { ...v0, tag: 'x' } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'move an alias',
    api.artifactAliases.set,
    { params: { ...classifier, alias: 'prod' }, body: { version: 'v0' } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'delete a version',
    api.artifactVersions.delete,
    { params: v0 },
    { outsider: 404, viewer: 403, member: 409, admin: 409 },
  ],
  [
    'list registries',
    api.registries.list,
    { params: { organization } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'create a registry',
    api.registries.create,
    { params: { organization }, body: { name: '?' } },
    { outsider: 404, viewer: 403, member: 201, admin: 201 },
  ],
  [
    'configure a registry',
    api.registries.update,
    { params: { organization, registry: 'model' }, body: { addTypes: ['model'] } },
    { outsider: 404, viewer: 403, member: 403, admin: 200 },
  ],
  [
    'give a role in a registry',
    api.registries.setMember,
    { params: { organization, registry: 'model', username: 'admin' }, body: { role: 'admin' } },
    { outsider: 404, viewer: 403, member: 403, admin: 200 },
  ],
  [
    'link a version',
    api.modelVersions.link,
    { params: registered, body: { version: 'research/churn/classifier:v0' } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'read a linked version',
    api.modelVersions.get,
    { params: { ...registered, version: 'v0' } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
  [
    'move an alias there',
    api.modelAliases.set,
    { params: { ...registered, alias: 'prod' }, body: { version: 'v0' } },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'start a run',
    api.runs.put,
    { params: { ...home, run: 'r1' }, body: {} },
    { outsider: 404, viewer: 403, member: 200, admin: 200 },
  ],
  [
    'read a run',
    api.runs.get,
    { params: { ...home, run: 'r1' } },
    { outsider: 404, viewer: 200, member: 200, admin: 200 },
  ],
];

describe('who may do what', () => {
  let world: World;
  let people: Record<Person, RestClient>;
  beforeAll(async () => {
    world = await World.start();
    people = {
      outsider: await world.person('outsider'),
      viewer: await world.person('viewer', { organization: 'viewer', team: 'viewer' }),
      member: await world.person('member', { organization: 'member', team: 'member' }),
      admin: await world.person('boss', { organization: 'admin', team: 'admin' }),
    };
    await world.log({ 'model.bin': 'weights' }, { aliases: ['prod'] });
    await world.admin.ok(api.artifactVersions.create, { params: classifier, body: { files: [] } });
    await world.admin.ok(api.modelVersions.link, {
      params: registered,
      body: { version: 'research/churn/classifier:v0', aliases: ['prod'] },
    });
    await world.admin.ok(api.runs.put, { params: { ...home, run: 'r1' }, body: {} });
  });
  afterAll(async () => {
    expect(world.registry.errors).toEqual([]);
    await world.registry.stop();
  });

  test.each(rows)('%s', async (_name, endpoint, request, expected) => {
    const got: Record<string, number> = {};
    for (const person of Object.keys(expected) as Person[]) {
      const text = JSON.stringify(request).replace('"?"', `"${fresh()}"`);
      const response = await people[person].send(endpoint, JSON.parse(text) as Request<Endpoint>);
      await response.arrayBuffer();
      got[person] = response.status;
    }
    expect(got).toEqual(expected);
  });

  test('every endpoint but the public ones asks for a key', async () => {
    const { listEndpoints } = await import('@weighhouse/contract');
    for (const { endpoint } of listEndpoints()) {
      const params = Object.fromEntries(
        Object.keys(endpoint.params.shape).map(name => [name, name === 'sha256' ? sha256Of('x') : 'x']),
      );
      const response = await world.admin.as(undefined).send(endpoint, { params: params as never });
      await response.arrayBuffer();
      expect([endpoint.id, response.status]).toEqual([endpoint.id, endpoint.rule.kind === 'public' ? 200 : 401]);
    }
  });
});

/** Makes the same request where something is and where nothing is, and compares the answers byte by byte. */
describe('what one may not see and what does not exist answer alike', () => {
  let world: World;
  let outsider: RestClient;
  let colleague: RestClient;
  beforeAll(async () => {
    world = await World.start();
    outsider = await world.person('outsider');
    colleague = await world.person('colleague', { organization: 'viewer' });
  });
  afterAll(async () => world.registry.stop());

  const cases: [string, Endpoint, Record<string, unknown>][] = [
    ['organization', api.organizations.get, { params: { organization: 'secret' } }],
    ['its change', api.organizations.update, { params: { organization: 'secret' }, body: { name: 'mine' } }],
    ['its deletion', api.organizations.delete, { params: { organization: 'secret' } }],
    [
      'its members',
      api.organizationMembers.set,
      { params: { organization: 'secret', username: 'outsider' }, body: { role: 'admin' } },
    ],
    ['a team in it', api.teams.create, { body: { name: 'spies', organization: 'secret' } }],
    ['team', api.teams.get, { params: { team: 'hidden' } }],
    ['its deletion', api.teams.delete, { params: { team: 'hidden' } }],
    ['its members', api.teamMembers.set, { params: { team: 'hidden', username: 'outsider' }, body: { role: 'admin' } }],
    ['leaving it', api.teamMembers.remove, { params: { team: 'hidden', username: 'outsider' } }],
    ['project', api.projects.get, { params: { entity: 'hidden', project: 'churn' } }],
    ['its creation', api.projects.create, { params: { entity: 'hidden' }, body: { name: 'churn' } }],
    ['its putting', api.projects.put, { params: { entity: 'hidden', project: 'churn' }, body: {} }],
    ['its deletion', api.projects.delete, { params: { entity: 'hidden', project: 'churn' } }],
    [
      'artifact',
      api.artifacts.create,
      { params: { entity: 'hidden', project: 'churn' }, body: { name: 'classifier' } },
    ],
    ['its deletion', api.artifacts.delete, { params: { entity: 'hidden', project: 'churn', name: 'classifier' } }],
    [
      'version',
      api.artifactVersions.create,
      { params: { entity: 'hidden', project: 'churn', name: 'classifier' }, body: { files: [] } },
    ],
    [
      'its change',
      api.artifactVersions.update,
      { params: { entity: 'hidden', project: 'churn', name: 'classifier', version: 'v0' }, body: { description: 'x' } },
    ],
    [
      'alias',
      api.artifactAliases.set,
      {
        params: { entity: 'hidden', project: 'churn', name: 'classifier', alias: 'production' },
        body: { version: 'v0' },
      },
    ],
    ['address', api.addresses.resolve, { query: { address: 'hidden/churn/classifier:v0' } }],
    ['upload', api.uploads.open, { params: { entity: 'hidden', project: 'churn' }, body: {} }],
    ['run', api.runs.put, { params: { entity: 'hidden', project: 'churn', run: 'r1' }, body: {} }],
    ['registry', api.registries.create, { params: { organization: 'secret' }, body: { name: 'mine' } }],
    [
      'its configuration',
      api.registries.update,
      { params: { organization: 'secret', registry: 'model' }, body: { addTypes: ['x'] } },
    ],
    [
      'link',
      api.modelVersions.link,
      {
        params: { organization: 'secret', registry: 'model', name: 'm' },
        body: { version: 'hidden/churn/classifier:v0' },
      },
    ],
    ['user', api.users.get, { params: { username: 'insider' } }],
    ["another's key", api.apiKeys.create, { params: { username: 'insider' }, body: {} }],
    ["another's change", api.users.update, { params: { username: 'insider' }, body: { name: 'x' } }],
  ];

  test('for each endpoint', async () => {
    const ask = async (client: RestClient) => {
      const answers: string[] = [];
      for (const [, endpoint, request] of cases) {
        const response = await client.send(endpoint, request as Request<Endpoint>);
        answers.push(`${endpoint.id} ${response.status} ${(await response.text()).replace(/"requestId":"[^"]+"/, '')}`);
      }
      return answers;
    };
    const absent = [await ask(outsider), await ask(colleague)];
    const { admin } = world;
    await admin.ok(api.users.create, { body: { username: 'insider' } });
    await admin.ok(api.organizations.create, { body: { name: 'secret', admin: 'insider' } });
    await admin.ok(api.teams.create, { body: { name: 'hidden', organization: 'secret', admin: 'insider' } });
    await world.log({ 'model.bin': 'weights' }, { params: { entity: 'hidden', project: 'churn', name: 'classifier' } });
    await admin.ok(api.runs.put, { params: { entity: 'hidden', project: 'churn', run: 'r1' }, body: {} });
    expect([await ask(outsider), await ask(colleague)]).toEqual(absent);
    for (const answer of absent.flat()) expect(answer).toContain(' 404 ');
  });
});

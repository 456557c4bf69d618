import { api } from '@weighhouse/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { md5Base64 } from '../../support/wandb-protocol.ts';
import { Asker, succeeded, transfer } from './asker.ts';
import { organization, person, team, withKey } from './cast.ts';

/** Roles, keys and accounts count as they are now, not as they were when something began. */
let registry: StartedRegistry;
let maker: Asker;
let ada: Asker;
beforeEach(async () => {
  registry = await startRegistry();
  maker = new Asker(registry.address, 'admin', registry.adminKey, true);
  await person(maker, 'ada');
  await setTeam('member');
  ada = await withKey(maker, 'ada');
});
afterEach(() => registry.stop());

const project = { entity: team, project: 'digits' };

async function setTeam(role: string): Promise<void> {
  const params = { team, username: 'ada' };
  succeeded(await maker.rest(api.teamMembers.set, { params, body: { role } }));
}
async function leave(): Promise<void> {
  succeeded(await maker.rest(api.organizationMembers.remove, { params: { organization, username: 'ada' } }));
}
async function disable(): Promise<void> {
  succeeded(await maker.rest(api.users.disable, { params: { username: 'ada' } }));
}

interface Begun {
  file: string;
  manifest: string;
  artifactID: string;
  artifactManifestID: string;
  runFile: string;
}

const field = (text: string, name: string) => new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1] ?? '';

/** Ada begins a version as the client does and has the addresses to send to. */
async function begin(): Promise<Begun> {
  succeeded(await ada.rest(api.runs.put, { params: { ...project, run: 'run1' }, body: {} }));
  const run = { entityName: team, projectName: 'digits', runName: 'run1' };
  const begun = await ada.graphql(
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      input: {
        ...{ ...run, artifactTypeName: 'model', artifactCollectionName: 'classifier', clientID: 'a-client-id' },
        ...{ digest: 'd41d8cd98f00b204e9800998ecf8427e', digestAlgorithm: 'MANIFEST_MD5' },
      },
    },
  );
  const artifactID = field(begun.text, 'id');
  const announced = await ada.graphql(
    'mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { id file { uploadUrl } } } }',
    { input: { ...run, artifactID, name: 'm', digest: md5Base64(Buffer.from('{}')), type: 'FULL' } },
  );
  const files = await ada.graphql(
    'mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }',
    { input: { artifactFiles: [{ artifactID, name: 'a', md5: md5Base64(Buffer.from('a')) }] } },
  );
  const runFiles = await ada.graphql(
    'mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { files { uploadUrl } } }',
    { input: { ...run, files: ['log.txt'] } },
  );
  return {
    ...{ artifactID, artifactManifestID: field(announced.text, 'id'), manifest: field(announced.text, 'uploadUrl') },
    ...{ file: field(files.text, 'uploadUrl'), runFile: field(runFiles.text, 'uploadUrl') },
  };
}

async function goOn({ file, manifest, runFile, artifactID, artifactManifestID }: Begun): Promise<number[]> {
  const answers = [
    ...(await Promise.all([file, runFile].map(url => transfer(url, { method: 'PUT', body: 'a' })))),
    await transfer(manifest, { method: 'PUT', body: '{}' }),
    await ada.graphql(
      'mutation ($input: UpdateArtifactManifestInput!) { updateArtifactManifest(input: $input) { artifactManifest { id } } }',
      { input: { artifactManifestID } },
    ),
    await ada.graphql('mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { id } } }', {
      input: { artifactID },
    }),
  ];
  return answers.map(({ status }) => status);
}

describe('a version that was begun', () => {
  test('goes no further for who may only view by now', async () => {
    const begun = await begin();
    await setTeam('viewer');
    expect(await goOn(begun)).toEqual([403, 403, 403, 403, 403]);
  });
  test('is gone for who left the organization', async () => {
    const begun = await begin();
    await leave();
    expect(await goOn(begun)).toEqual([404, 404, 404, 404, 404]);
  });
  test('stops with its user', async () => {
    const begun = await begin();
    await disable();
    expect(await goOn(begun)).toEqual([401, 401, 401, 401, 401]);
  });
});

test('an upload of the REST API stops with the role of its sender', async () => {
  const { id } = succeeded<{ id: string }>(await ada.rest(api.uploads.open, { params: project, body: {} }));
  const append = () =>
    ada.rest(api.uploads.append, {
      params: { id },
      raw: new TextEncoder().encode('abc'),
      headers: { 'upload-offset': '0' },
    });
  await setTeam('viewer');
  expect((await append()).status).toBe(403);
  await leave();
  expect((await append()).status).toBe(404);
  expect((await ada.rest(api.uploads.finish, { params: { id }, body: { sha256: '0'.repeat(64) } })).status).toBe(404);
});

describe('addresses to read from', () => {
  const urls = async () => {
    const sha256 = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
    const raw = new TextEncoder().encode('a');
    succeeded(await ada.rest(api.uploads.putBlob, { params: { ...project, sha256 }, raw }));
    const body = { files: [{ path: 'a', sha256 }] };
    const params = { ...project, name: 'classifier' };
    succeeded(await ada.rest(api.artifactVersions.create, { params, body }));
    const answer = await ada.graphql(
      '{ project(name: "digits", entityName: "research") { artifact(name: "classifier:v0") { currentManifest { file { directUrl } } files { edges { node { directUrl } } } } } }',
    );
    return [...answer.text.matchAll(/"directUrl":"([^"]+)"/g)].map(([, url = '']) => url);
  };
  const statuses = async (all: string[]) => Promise.all(all.map(async url => (await transfer(url)).status));

  test('stop with their user', async () => {
    const all = await urls();
    expect(await statuses(all)).toEqual([200, 200]);
    await disable();
    expect(await statuses(all)).toEqual([401, 401]);
  });
  test('are bound to what they were given for, and to the letter', async () => {
    const [manifest = '', blob = ''] = await urls();
    const altered = [
      manifest.replace(/.$/, last => (last === 'A' ? 'B' : 'A')),
      blob.replace(/blobs\/\d+/, 'blobs/999999999'),
      blob.replace(/\?.*/, ''),
      `${blob.replace(/\?.*/, '')}?${manifest.split('?')[1]}`,
    ];
    expect(await statuses(altered)).toEqual([403, 403, 403, 403]);
  });
  test('of manifests are closed to who left', async () => {
    const [manifest = ''] = await urls();
    await leave();
    expect(await statuses([manifest])).toEqual([404]);
  });
  test('of bytes are closed to who left', async () => {
    const [, blob = ''] = await urls();
    await leave();
    expect(await statuses([blob])).toEqual([404]);
  });
});

test('a revoked key, a disabled user and a lost role count from the next request on', async () => {
  const other = await withKey(maker, 'ada');
  expect((await other.rest(api.viewer.get)).status).toBe(200);
  const listed = await ada.rest(api.apiKeys.list, { params: { username: 'ada' } });
  const [, second] = succeeded<{ items: { id: string }[] }>(listed).items;
  succeeded(await ada.rest(api.apiKeys.revoke, { params: { username: 'ada', id: second?.id ?? '' } }));
  const stopped = [await ada.rest(api.viewer.get), await other.rest(api.viewer.get)].map(({ status }) => status);
  expect(stopped.toSorted()).toEqual([200, 401]);
  await disable();
  expect((await ada.rest(api.viewer.get)).status).toBe(401);
  expect((await ada.graphql('{ viewer { username } }')).status).toBe(401);
});

test('a grant on a registry counts only while its holder belongs to the organization', async () => {
  for (const [registry, visibility] of [
    ['sealed', 'restricted'],
    ['open', 'organization'],
  ] as const) {
    const params = { organization, registry, username: 'ada' };
    succeeded(await maker.rest(api.registries.create, { params, body: { name: registry, visibility } }));
    succeeded(await maker.rest(api.registries.setMember, { params, body: { role: 'admin' } }));
  }
  // by the address that does not ask for the organization first
  const asked = () =>
    Promise.all(
      ['sealed', 'open'].map(async name => {
        const params = { entity: organization, project: `wandb-registry-${name}` };
        return (await ada.rest(api.projects.get, { params })).status;
      }),
    );
  expect(await asked()).toEqual([200, 200]);
  await leave();
  expect(await asked()).toEqual([404, 404]);
});

test('a viewer of a project writes nothing to its runs, not even that they used something', async () => {
  await begin();
  await setTeam('viewer');
  const params = { ...project, name: 'classifier', version: 'v0' };
  const sha256 = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
  succeeded(
    await maker.rest(api.uploads.putBlob, { params: { ...project, sha256 }, raw: new TextEncoder().encode('a') }),
  );
  const made = await maker.rest(api.artifactVersions.create, { params, body: { files: [{ path: 'a', sha256 }] } });
  const { id } = succeeded<{ id: string }>(made);
  const run = { entity: team, project: 'digits', name: 'run1' };
  expect((await ada.rest(api.artifactVersions.use, { params, body: { run } })).status).toBe(403);
  const input = { entityName: team, projectName: 'digits', runName: 'run1' };
  const used = await ada.graphql(
    'mutation ($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }',
    { input: { ...input, artifactID: Buffer.from(`Artifact:${id}`).toString('base64') } },
  );
  expect(used.status).toBe(403);
});

describe('the last admin', () => {
  const roles = [
    [api.organizationMembers, { organization, username: 'admin' }],
    [api.teamMembers, { team, username: 'admin' }],
  ] as const;
  test.each(roles)('of an organization or a team stays one', async (members, params) => {
    const conflict = async () => [
      (await maker.rest(members.set, { params, body: { role: 'member' } })).status,
      (await maker.rest(members.update, { params, body: { role: 'viewer' } })).status,
      (await maker.rest(members.remove, { params })).status,
    ];
    expect(await conflict()).toEqual([409, 409, 409]);
    // Somebody who cannot come in is no admin to leave it to.
    succeeded(await maker.rest(members.set, { params: { ...params, username: 'ada' }, body: { role: 'admin' } }));
    await disable();
    expect(await conflict()).toEqual([409, 409, 409]);
    succeeded(await maker.rest(api.users.update, { params: { username: 'ada' }, body: { disabled: false } }));
    succeeded(await maker.rest(members.remove, { params }));
  });

  test('of the server stays one, and enabled', async () => {
    const params = { username: 'admin' };
    const conflict = async () => [
      (await maker.rest(api.users.update, { params, body: { admin: false } })).status,
      (await maker.rest(api.users.update, { params, body: { disabled: true } })).status,
      (await maker.rest(api.users.disable, { params })).status,
    ];
    expect(await conflict()).toEqual([409, 409, 409]);
    succeeded(await maker.rest(api.users.update, { params: { username: 'ada' }, body: { admin: true } }));
    expect((await ada.rest(api.users.update, { params, body: { admin: false } })).status).toBe(200);
    expect((await maker.rest(api.users.list)).status).toBe(403);
  });

  test('nobody makes themselves one', async () => {
    const params = { organization, team, username: 'ada' };
    for (const endpoint of [api.organizationMembers.set, api.teamMembers.set])
      expect((await ada.rest(endpoint, { params, body: { role: 'admin' } })).status).toBe(403);
    expect((await ada.rest(api.users.update, { params, body: { admin: true } })).status).toBe(403);
  });
});

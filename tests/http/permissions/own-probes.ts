import { api, type Endpoint } from '@weighhouse/contract';
import { type Answer, type Asker, succeeded } from './asker.ts';

import { team } from './cast.ts';
import {
  type Actor,
  expectedInInstance,
  expectedOfOwn,
  expectedOfServiceAccount,
  type Facade,
  isStopped,
  type Outcome,
} from './expected.ts';
import { globalId, type World } from './world.ts';

/** What is neither of a project nor of an entity: accounts, keys, uploads, the server itself. */
export interface OwnProbe {
  name: string;
  facade: Facade;
  covers: string | readonly string[];
  expected(actor: Actor): Outcome;
  /** what is acted on, anew for each request */
  target?: (world: World) => Promise<string>;
  send(asker: Asker, target: string, world: World): Promise<Answer>;
  /** what looks like the target and does not exist */
  absent?: string;
  found?: (data: Record<string, unknown>) => unknown;
}

const noId = '999999999';

type Request = (target: string, world: World) => { params?: Record<string, string>; body?: unknown; raw?: string };

function rest(
  endpoint: Endpoint,
  expected: OwnProbe['expected'],
  request: Request = () => ({}),
  more: Partial<Pick<OwnProbe, 'target' | 'absent'>> & { headers?: Record<string, string> } = {},
): OwnProbe {
  return {
    ...{ name: `REST ${endpoint.id}`, facade: 'REST', covers: endpoint.id, expected },
    ...{ target: more.target, absent: more.absent },
    send: (asker, target, world) => {
      const { raw, ...rest } = request(target, world);
      const bytes = raw === undefined ? undefined : new TextEncoder().encode(raw);
      return asker.rest(endpoint, { ...rest, raw: bytes, headers: more.headers });
    },
  };
}

const everybody = (actor: Actor): Outcome => (isStopped(actor) ? 'stopped' : 'allowed');
const instance = (facade: Facade) => (actor: Actor) => expectedInInstance(actor, facade);
const account = (actor: Actor) => expectedOfOwn(actor, 'account', 'REST');
const serviceAccount = (actor: Actor) => expectedOfServiceAccount(actor, 'REST');
const upload = (actor: Actor) => expectedOfOwn(actor, 'upload', 'REST');

const ofUser: Request = username => ({ params: { username } });
const owner = async () => 'owner';
const nobody = 'nemo1';

async function victim(world: World): Promise<string> {
  const username = world.name('victim');
  succeeded(await world.maker.rest(api.users.create, { body: { username } }));
  return username;
}

async function accountOfTeam({ maker }: World): Promise<string> {
  const made = await maker.rest(api.serviceAccounts.create, { params: { team }, body: { name: 'of a program' } });
  return succeeded<{ username: string }>(made).username;
}

async function keyOfOwner({ maker }: World): Promise<string> {
  const made = await maker.rest(api.apiKeys.create, { params: { username: 'owner' }, body: {} });
  return succeeded<{ id: string }>(made).id;
}

async function endKeys(world: World): Promise<string> {
  // A user has at most a hundred.
  const params = { username: 'owner' };
  const listed = succeeded<{ items: { id: string; name: string }[] }>(
    await world.maker.rest(api.apiKeys.list, { params }),
  );
  for (const { id, name } of listed.items)
    if (name === 'passing') await world.maker.rest(api.apiKeys.revoke, { params: { ...params, id } });
  return 'owner';
}

async function uploadOfOwner(world: World): Promise<string> {
  const asker = world.asker('owner');
  const params = { entity: 'owner', project: 'private' };
  return succeeded<{ id: string }>(await asker.rest(api.uploads.open, { params, body: {} })).id;
}

const ofUpload: Request = id => ({ params: { id } });
const uploads = { target: uploadOfOwner, absent: noId };
/** SHA-256 of no bytes at all */
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const ownProbes: readonly OwnProbe[] = [
  rest(api.document.openApi, () => 'allowed'),
  ...[api.viewer.get, api.organizations.list, api.teams.list].map(one => rest(one, everybody)),

  rest(api.users.list, instance('REST')),
  rest(api.users.create, instance('REST'), (_target, world) => ({ body: { username: world.name('user') } })),
  rest(api.users.disable, instance('REST'), ofUser, { target: victim }),
  {
    ...{ name: 'REST updateUser of what administrators decide', facade: 'REST', covers: 'updateUser' },
    expected: instance('REST'),
    send: asker => asker.rest(api.users.update, { params: { username: asker.username }, body: { disabled: false } }),
  },
  rest(api.organizations.create, instance('REST'), (_target, world) => ({
    body: { name: world.name('organization'), admin: 'outsider' },
  })),
  {
    ...{ name: 'GraphQL users', facade: 'GraphQL', covers: ['Query.users'], expected: instance('GraphQL') },
    send: asker => asker.graphql('{ users { edges { node { username } } } }'),
  },
  {
    ...{ name: 'GraphQL createUser', facade: 'GraphQL', covers: ['Mutation.createUser'] },
    expected: instance('GraphQL'),
    send: (asker, _target, world) =>
      asker.graphql('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
        input: { email: `${world.name('mail')}@example.com` },
      }),
  },

  ...[api.users.get, api.apiKeys.list].map(one => rest(one, account, ofUser, { target: owner, absent: nobody })),
  rest(api.users.update, account, username => ({ params: { username }, body: { name: 'Somebody' } }), {
    ...{ target: owner, absent: nobody },
  }),
  rest(api.apiKeys.create, account, username => ({ params: { username }, body: { name: 'passing' } }), {
    ...{ target: endKeys, absent: nobody },
  }),
  ...[api.apiKeys.get, api.apiKeys.revoke].map(one =>
    rest(one, account, id => ({ params: { username: 'owner', id } }), { target: keyOfOwner, absent: noId }),
  ),
  ...[api.users.get, api.apiKeys.list].map(one =>
    rest(one, serviceAccount, ofUser, { target: accountOfTeam, absent: nobody }),
  ),
  rest(api.apiKeys.create, serviceAccount, username => ({ params: { username }, body: {} }), {
    ...{ target: accountOfTeam, absent: nobody },
  }),
  {
    ...{ name: 'GraphQL deleteApiKey', facade: 'GraphQL', covers: ['Mutation.deleteApiKey'] },
    expected: actor => expectedOfOwn(actor, 'upload', 'GraphQL'),
    ...{ target: keyOfOwner, absent: noId },
    send: (asker, id) =>
      asker.graphql('mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { success } }', {
        input: { id: globalId('ApiKey', id) },
      }),
  },
  {
    ...{ name: 'GraphQL viewer', facade: 'GraphQL', expected: everybody },
    covers: ['Query.viewer', 'Query.serverInfo'],
    send: asker => asker.graphql('{ viewer { username apiKeys { edges { node { id } } } } serverInfo { __typename } }'),
    found: data => data.viewer,
  },
  {
    ...{ name: 'GraphQL updateUser', facade: 'GraphQL', covers: ['Mutation.updateUser'], expected: everybody },
    send: asker =>
      asker.graphql('mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { username } } }', {
        input: { defaultEntity: asker.username },
      }),
  },
  {
    ...{ name: 'GraphQL generateApiKey', facade: 'GraphQL', covers: ['Mutation.generateApiKey'], expected: everybody },
    send: asker =>
      asker.graphql('mutation ($input: GenerateApiKeyInput!) { generateApiKey(input: $input) { apiKey { id } } }', {
        input: { description: 'passing' },
      }),
  },

  rest(api.uploads.offset, upload, ofUpload, uploads),
  rest(api.uploads.append, upload, id => ({ params: { id }, raw: 'abc' }), {
    ...uploads,
    headers: { 'upload-offset': '0' },
  }),
  rest(api.uploads.finish, upload, id => ({ params: { id }, body: { sha256: empty } }), uploads),
  rest(api.uploads.abort, upload, ofUpload, uploads),
];

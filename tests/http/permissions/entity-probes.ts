import { api, type Endpoint } from '@weighhouse/contract';
import type { EntityAction } from '../../../packages/server/src/domain/policy.ts';
import { type Answer, type Asker, succeeded } from './asker.ts';
import { guest, helper, organization, team } from './cast.ts';
import type { EntityName, Facade } from './expected.ts';
import { createTrigger, globalId, trigger, type World } from './world.ts';

/** One way of asking for something of a team, an organization or a personal entity. */
export interface EntityProbe {
  name: string;
  facade: Facade;
  action: EntityAction;
  covers: string | readonly string[];
  on: readonly EntityName[];
  /** as the maker, before each request */
  before?: (world: World) => Promise<unknown>;
  send(asker: Asker, entity: string, world: World): Promise<Answer>;
  found?: (data: Record<string, unknown>) => unknown;
  /** a refusal that only whoever may do it gets to read */
  insteadOfSuccess?: number;
  /** names no entity: what it acts on is that of the asker */
  only?: (asker: Asker) => boolean;
}

export const entityNames: Record<EntityName, string> = { organization, team, 'personal entity': 'owner' };

type Body = (entity: string, world: World) => unknown;

function rest(
  action: EntityAction,
  endpoint: Endpoint,
  on: readonly EntityName[],
  more: Partial<Pick<EntityProbe, 'before' | 'insteadOfSuccess'>> & { body?: Body; username?: string; new?: true } = {},
): EntityProbe {
  return {
    ...{ name: `REST ${endpoint.id}`, facade: 'REST', action, covers: endpoint.id, on, before: more.before },
    insteadOfSuccess: more.insteadOfSuccess,
    send: (asker, entity, world) => {
      const names = { organization: entity, team: entity, entity, username: more.username ?? helper };
      return asker.rest(endpoint, {
        params: { ...names, project: more.new ? world.name('made') : '' },
        body: more.body?.(entity, world),
      });
    },
  };
}

const ofOrganization: readonly EntityName[] = ['organization'];
const ofTeam: readonly EntityName[] = ['team'];
const withProjects: readonly EntityName[] = ['team', 'personal entity'];
const anywhere: readonly EntityName[] = ['organization', 'team', 'personal entity'];

const { organizations, organizationMembers, teams, teamMembers } = api;
const named: Body = (_entity, world) => ({ name: world.name('made') });
const asViewer: Body = () => ({ role: 'viewer' });
const displayed: Body = () => ({ displayName: 'Shown' });

/** The guest comes before, and may be sent away. */
const comes = (endpoint: Endpoint, entity: string) => async (world: World) => {
  const params = { organization: entity, team: entity, username: guest };
  succeeded(await world.maker.rest(endpoint, { params, body: { role: 'viewer' } }));
};
const guestInOrganization = comes(organizationMembers.set, organization);
const guestInTeam = comes(teamMembers.set, team);
const helperInTeam = async (world: World) => {
  const params = { team, username: helper };
  succeeded(await world.maker.rest(teamMembers.set, { params, body: { role: 'viewer' } }));
};

let knownInvitation = '';
let knownIntegration = '';
const slackChannel = {
  ...{ kind: 'slack', workspace: 'Example', channel: '#models' },
  webhookUrl: 'https://hooks.slack.com/services/T/B/X',
};

const restProbes: EntityProbe[] = [
  rest('entity.read', organizations.get, ofOrganization),
  rest('entity.read', organizationMembers.list, ofOrganization),
  rest('entity.read', organizationMembers.get, ofOrganization),
  rest('entity.read', api.registries.list, ofOrganization),
  rest('entity.read', teams.get, ofTeam),
  rest('entity.read', teamMembers.list, ofTeam),
  rest('entity.read', teamMembers.get, ofTeam, { before: helperInTeam }),
  rest('entity.read', api.projects.list, withProjects),
  rest('project.create', api.projects.create, withProjects, { body: named }),
  rest('project.create', api.projects.put, withProjects, { body: () => ({}), new: true }),
  rest('registry.create', api.registries.create, ofOrganization, { body: named }),
  rest('team.create', teams.create, ofOrganization, {
    body: (entity, world) => ({ name: world.name('team'), organization: entity, admin: helper }),
  }),
  rest('entity.edit', organizations.update, ofOrganization, { body: displayed }),
  rest('entity.edit', teams.update, ofTeam, { body: displayed }),
  // Neither is empty, which is what an admin is told.
  rest('entity.delete', organizations.delete, ofOrganization, { insteadOfSuccess: 409 }),
  rest('entity.delete', teams.delete, ofTeam, { insteadOfSuccess: 409 }),
  rest('entity.members', organizationMembers.set, ofOrganization, { body: asViewer }),
  rest('entity.members', organizationMembers.update, ofOrganization, { body: asViewer }),
  rest('entity.members', organizationMembers.remove, ofOrganization, { before: guestInOrganization, username: guest }),
  rest('entity.members', api.serviceAccounts.create, ofTeam, { body: named }),
  rest('entity.read', api.integrations.list, ofTeam),
  rest('integration.manage', api.integrations.create, ofTeam, {
    body: (_entity, world) => ({ ...slackChannel, name: world.name('slack') }),
  }),
  ...[api.integrations.get, api.integrations.delete].map(
    (endpoint): EntityProbe => ({
      ...{ name: `REST ${endpoint.id}`, facade: 'REST', on: ofTeam, covers: endpoint.id },
      action: endpoint.method === 'GET' ? 'entity.read' : 'integration.manage',
      before: async world => {
        const body = { ...slackChannel, name: world.name('slack') };
        const made = await world.maker.rest(api.integrations.create, { params: { team }, body });
        knownIntegration = succeeded<{ id: string }>(made).id;
      },
      send: (asker, entity) => asker.rest(endpoint, { params: { team: entity, id: knownIntegration } }),
    }),
  ),
  rest('entity.members', api.invitations.list, ofTeam),
  rest('entity.members', api.invitations.create, ofTeam, {
    body: (_entity, world) => ({ email: `${world.name('mail')}@example.com` }),
  }),
  {
    ...{ name: 'REST withdrawInvitation', facade: 'REST', action: 'entity.members', on: ofTeam },
    covers: 'withdrawInvitation',
    before: async world => {
      const body = { email: `${world.name('mail')}@example.com` };
      const made = await world.maker.rest(api.invitations.create, { params: { team }, body });
      knownInvitation = succeeded<{ invitation: { id: string } }>(made).invitation.id;
    },
    send: (asker, entity) => asker.rest(api.invitations.withdraw, { params: { team: entity, id: knownInvitation } }),
  },
  rest('entity.members', teamMembers.set, ofTeam, { body: asViewer }),
  rest('entity.members', teamMembers.update, ofTeam, { body: asViewer, before: helperInTeam }),
  rest('entity.members', teamMembers.remove, ofTeam, { before: guestInTeam, username: guest }),
];

interface More extends Partial<Pick<EntityProbe, 'before' | 'only'>> {
  found?: string;
}

function graphql(
  action: EntityAction,
  root: string,
  on: readonly EntityName[],
  document: string,
  variables: (entity: string, world: World) => unknown,
  more: More = {},
): EntityProbe {
  const [, field = ''] = root.split('.');
  return {
    ...{ name: `GraphQL ${root} ${more.found ?? ''}`, facade: 'GraphQL', action, covers: [root], on },
    ...{ before: more.before, only: more.only },
    send: (asker, entity, world) => asker.graphql(document, variables(entity, world) as Record<string, unknown>),
    found: data => data[field],
  };
}

const byName = (entity: string) => ({ n: entity });
const viaInput = (field: string, type: string, answer: string) =>
  `mutation ($input: ${type}!) { ${field}(input: $input) { ${answer} } }`;
/** `createTeam` and its like mean the one organization of whoever asks. */
const inWeighhouse = ({ username }: Asker) => !['outsider', 'owner', 'root', 'root-plain'].includes(username);

async function guestId(world: World): Promise<string> {
  const found = await world.registry.store.read.accounts.findEntityByName(guest);
  return globalId('User', found?.id ?? 0);
}
let knownGuest = '';

const graphqlProbes: EntityProbe[] = [
  graphql('entity.read', 'Query.entity', anywhere, 'query ($n: String) { entity(name: $n) { id name } }', byName),
  graphql(
    'entity.read',
    'Query.entity',
    anywhere,
    'query ($n: String) { entity(name: $n) { members { username email } organization { name } projects { edges { node { name } } } } }',
    byName,
    { found: 'with members' },
  ),
  graphql(
    'entity.read',
    'Query.entity',
    anywhere,
    'query ($n: String) { entity(name: $n) { integrations { edges { node { id } } } triggers { edges { node { name } } } } }',
    byName,
    { found: 'with automations' },
  ),
  graphql(
    'entity.read',
    'Query.organization',
    ofOrganization,
    'query ($n: String!) { organization(name: $n) { name orgEntity { members { username } } } }',
    byName,
  ),
  graphql(
    'entity.read',
    'Query.models',
    withProjects,
    'query ($n: String) { models(entityName: $n) { edges { node { name } } } }',
    byName,
  ),
  graphql(
    'project.create',
    'Mutation.upsertModel',
    withProjects,
    viaInput('upsertModel', 'UpsertModelInput', 'inserted'),
    (entity, world) => ({ input: { entityName: entity, name: world.name('made') } }),
  ),
  graphql(
    'project.create',
    'Mutation.upsertBucket',
    withProjects,
    viaInput('upsertBucket', 'UpsertBucketInput', 'inserted'),
    (entity, world) => ({ input: { entityName: entity, modelName: world.name('made'), name: 'run1' } }),
  ),
  graphql(
    'registry.create',
    'Mutation.upsertModel',
    ofOrganization,
    viaInput('upsertModel', 'UpsertModelInput', 'inserted'),
    (entity, world) => ({
      input: { entityName: entity, name: `wandb-registry-${world.name('made')}`, artifactTypes: [{ name: 'model' }] },
    }),
    { found: 'of a registry' },
  ),
  graphql(
    'team.create',
    'Mutation.createTeam',
    ofOrganization,
    viaInput('createTeam', 'CreateTeamInput', 'entity { name }'),
    (_entity, world) => ({ input: { teamName: world.name('team'), teamAdminUserName: helper } }),
    { only: inWeighhouse },
  ),
  graphql(
    'entity.members',
    'Mutation.createServiceAccount',
    ofTeam,
    viaInput('createServiceAccount', 'CreateServiceAccountInput', 'user { id }'),
    entity => ({ input: { entityName: entity, description: 'of a program' } }),
  ),
  graphql(
    'entity.members',
    'Mutation.createInvite',
    ofTeam,
    viaInput('createInvite', 'CreateInviteInput', 'invite { id }'),
    entity => ({ input: { entityName: entity, username: guest } }),
    {
      before: async world => {
        // may not have come
        await world.maker.rest(teamMembers.remove, { params: { team, username: guest } });
      },
    },
  ),
  graphql(
    'entity.members',
    'Mutation.createInvite',
    ofTeam,
    viaInput('createInvite', 'CreateInviteInput', 'invite { id }'),
    (entity, world) => ({ input: { entityName: entity, email: `${world.name('mail')}@example.com` } }),
    { found: 'by e-mail' },
  ),
  graphql(
    'entity.members',
    'Mutation.deleteInvite',
    ofTeam,
    viaInput('deleteInvite', 'DeleteInviteInput', 'success'),
    entity => ({ input: { entityName: entity, id: knownGuest } }),
    {
      before: async world => {
        await guestInTeam(world);
        knownGuest = await guestId(world);
      },
    },
  ),
];

async function idOf(world: World, entity: string): Promise<number> {
  return (await world.registry.store.read.accounts.findEntityByName(entity))?.id ?? 999_999_999;
}

const automationProbes: EntityProbe[] = [
  {
    ...{ name: 'GraphQL createFilterTrigger', facade: 'GraphQL', action: 'automation.manage', on: anywhere },
    covers: ['Mutation.createFilterTrigger'],
    send: async (asker, entity, world) => {
      const id = globalId('Entity', await idOf(world, entity));
      return asker.graphql(createTrigger, { input: trigger(world.name('automation'), 'ENTITY', id) });
    },
    found: data => data.createFilterTrigger,
  },
  graphql(
    'integration.manage',
    'Mutation.createGenericWebhookIntegration',
    anywhere,
    viaInput('createGenericWebhookIntegration', 'CreateGenericWebhookIntegrationInput', 'integration { id }'),
    (entity, world) => ({
      input: { entityName: entity, name: world.name('hook'), urlEndpoint: 'https://example.com/hook' },
    }),
  ),
];

export const entityProbes: readonly EntityProbe[] = [...restProbes, ...graphqlProbes, ...automationProbes];

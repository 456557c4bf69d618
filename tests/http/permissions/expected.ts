import type { EntityAction, ProjectAction } from '../../../packages/server/src/domain/policy.ts';

/**
 * Who may do what, written from W&B's role matrix and our decisions, not from the policy: this table and the server
 * have to arrive at the same answers on their own ways.
 */
const ladder = ['restricted_viewer', 'viewer', 'member', 'admin'] as const;
export type Rung = (typeof ladder)[number];

export const actors = [
  'outsider',
  'organization viewer',
  'organization member',
  'organization admin',
  'team viewer',
  'team member',
  'team admin',
  'owner',
  'granted restricted_viewer',
  'granted viewer',
  'granted member',
  'granted admin',
  'team-granted restricted_viewer',
  'team-granted viewer',
  'team-granted member',
  'team-granted admin',
  'instance admin',
  'instance admin without the header',
  'disabled user',
  'revoked key',
  'no key',
] as const;
export type Actor = (typeof actors)[number];

export const places = ['personal project', 'team project', 'core registry', 'restricted registry'] as const;
export type PlaceName = (typeof places)[number];
export const projects: readonly PlaceName[] = ['personal project', 'team project'];
export const registries: readonly PlaceName[] = ['core registry', 'restricted registry'];

export const entities = ['organization', 'team', 'personal entity'] as const;
export type EntityName = (typeof entities)[number];

/** hidden: nothing tells it from what does not exist; stopped: the key is none */
export type Outcome = 'allowed' | 'forbidden' | 'hidden' | 'stopped';

type Row<Name extends string> = Record<Name, Rung | null>;
const none: Row<PlaceName> = {
  'personal project': null,
  'team project': null,
  'core registry': null,
  'restricted registry': null,
};
const all: Row<PlaceName> = {
  'personal project': 'admin',
  'team project': 'admin',
  'core registry': 'admin',
  'restricted registry': 'admin',
};
/** Everybody of a team or with a grant is a viewer of the organization here: a team role gives nothing in a registry. */
const inOrganization: Row<PlaceName> = { ...none, 'core registry': 'viewer' };

const roleIn: Record<Actor, Row<PlaceName>> = {
  outsider: none,
  'organization viewer': inOrganization,
  'organization member': { ...none, 'core registry': 'member' },
  'organization admin': { ...all, 'personal project': null },
  'team viewer': { ...inOrganization, 'team project': 'viewer' },
  'team member': { ...inOrganization, 'team project': 'member' },
  'team admin': { ...inOrganization, 'team project': 'admin' },
  owner: { ...none, 'personal project': 'admin' },
  'granted restricted_viewer': { ...inOrganization, 'restricted registry': 'restricted_viewer' },
  'granted viewer': { ...inOrganization, 'restricted registry': 'viewer' },
  'granted member': { ...inOrganization, 'restricted registry': 'member' },
  'granted admin': { ...inOrganization, 'restricted registry': 'admin' },
  'team-granted restricted_viewer': { ...inOrganization, 'restricted registry': 'restricted_viewer' },
  'team-granted viewer': { ...inOrganization, 'restricted registry': 'viewer' },
  'team-granted member': { ...inOrganization, 'restricted registry': 'member' },
  'team-granted admin': { ...inOrganization, 'restricted registry': 'admin' },
  'instance admin': all,
  // REST acts as administrator always; what GraphQL sees is below
  'instance admin without the header': all,
  'disabled user': none,
  'revoked key': none,
  'no key': none,
};

/** W&B's matrix, line by line; the least role that an action takes. */
export const leastRole: Record<ProjectAction, Rung> = {
  'project.read': 'restricted_viewer', // see registry, collections, version details, lineage, members & settings
  'file.read': 'viewer', // use_artifact, download, file viewer, file API
  'collection.create': 'member',
  'collection.edit': 'member',
  'tag.write': 'member',
  'link.write': 'member',
  'alias.move': 'member', // of a link: without any right in the source project
  'version.log': 'member', // team members create and delete artifacts, edit metadata, aliases, tags
  'version.edit': 'member', // in the source project, wherever the version was found
  'version.delete': 'member', // likewise
  'run.write': 'member',
  'automation.write': 'member',
  'project.edit': 'member',
  'collection.delete': 'member',
  'project.settings': 'admin', // accepted types, visibility, name
  'project.delete': 'admin',
  'members.manage': 'admin',
};

/** What writes to the version itself needs a role where it was logged: only these have one behind the registries. */
const sourceOnly: ReadonlySet<ProjectAction> = new Set(['version.edit', 'version.delete']);
const seesSource: ReadonlySet<Actor> = new Set([
  'organization admin',
  'instance admin',
  'instance admin without the header',
]);

export type Facade = 'REST' | 'GraphQL';

export function expected(actor: Actor, place: PlaceName, action: ProjectAction, facade: Facade): Outcome {
  if (isStopped(actor)) return 'stopped';
  const role = standsBelowItself(actor, facade) ? null : roleIn[actor][place];
  if (role === null) return 'hidden';
  if (registries.includes(place) && sourceOnly.has(action) && !seesSource.has(actor)) return 'forbidden';
  return ladder.indexOf(role) >= ladder.indexOf(leastRole[action]) ? 'allowed' : 'forbidden';
}

/** Members of the organization know its teams; nobody knows somebody else's personal entity. */
const knowsBoth: Row<EntityName> = { organization: 'viewer', team: 'viewer', 'personal entity': null };
const knowsNone: Row<EntityName> = { organization: null, team: null, 'personal entity': null };
const isAll: Row<EntityName> = { organization: 'admin', team: 'admin', 'personal entity': 'admin' };

const roleInEntity: Record<Actor, Row<EntityName>> = {
  outsider: knowsNone,
  'organization viewer': knowsBoth,
  'organization member': { ...knowsBoth, organization: 'member' },
  'organization admin': { ...isAll, 'personal entity': null },
  'team viewer': knowsBoth,
  'team member': { ...knowsBoth, team: 'member' },
  'team admin': { ...knowsBoth, team: 'admin' },
  owner: { ...knowsNone, 'personal entity': 'admin' },
  'granted restricted_viewer': knowsBoth,
  'granted viewer': knowsBoth,
  'granted member': knowsBoth,
  'granted admin': knowsBoth,
  'team-granted restricted_viewer': knowsBoth,
  'team-granted viewer': knowsBoth,
  'team-granted member': knowsBoth,
  'team-granted admin': knowsBoth,
  'instance admin': isAll,
  'instance admin without the header': isAll,
  'disabled user': knowsNone,
  'revoked key': knowsNone,
  'no key': knowsNone,
};

export const leastEntityRole: Record<EntityAction, Rung> = {
  'entity.read': 'viewer',
  'project.create': 'member',
  'registry.create': 'member',
  'automation.manage': 'member',
  'integration.manage': 'admin',
  'team.create': 'admin',
  'entity.edit': 'admin',
  'entity.delete': 'admin',
  'entity.members': 'admin',
};

export function expectedInEntity(actor: Actor, entity: EntityName, action: EntityAction, facade: Facade): Outcome {
  if (isStopped(actor)) return 'stopped';
  const role = standsBelowItself(actor, facade) ? null : roleInEntity[actor][entity];
  if (role === null) return 'hidden';
  return ladder.indexOf(role) >= ladder.indexOf(leastEntityRole[action]) ? 'allowed' : 'forbidden';
}

/** Of the whole server: forbidden to all but its administrators, hidden from nobody. */
export function expectedInInstance(actor: Actor, facade: Facade): Outcome {
  if (isStopped(actor)) return 'stopped';
  return actor.startsWith('instance admin') && !standsBelowItself(actor, facade) ? 'allowed' : 'forbidden';
}

/** What belongs to the owner alone; administrators of the server see accounts, but no uploads. */
export function expectedOfOwn(actor: Actor, what: 'account' | 'upload', facade: Facade): Outcome {
  if (isStopped(actor)) return 'stopped';
  if (actor === 'owner') return 'allowed';
  return what === 'account' && expectedInInstance(actor, facade) === 'allowed' ? 'allowed' : 'hidden';
}

/** A service account of the team is its admins' as well; to all others it looks absent. */
export function expectedOfServiceAccount(actor: Actor, facade: Facade): Outcome {
  const expected = expectedInEntity(actor, 'team', 'entity.members', facade);
  return expected === 'forbidden' ? 'hidden' : expected;
}

export function isStopped(actor: Actor): boolean {
  return actor === 'disabled user' || actor === 'revoked key' || actor === 'no key';
}

function standsBelowItself(actor: Actor, facade: Facade): boolean {
  return actor === 'instance admin without the header' && facade === 'GraphQL';
}

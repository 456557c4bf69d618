import { expect, test } from 'vitest';
import {
  mayInProject,
  mayManageAccount,
  type Principal,
  type ProjectAction,
  roleInEntity,
  roleInProject,
} from './policy.ts';
import type { Project, ProjectAccess } from './projects.ts';
import type { Role } from './roles.ts';

const organization = 1;
const team = 2;
const owner = 7;

function principal(roles: { organization?: Role; team?: Role; instanceAdmin?: boolean; userId?: number }): Principal {
  const memberships = new Map<number, { role: Role; kind: 'team' | 'organization'; organizationId: number | null }>();
  if (roles.organization)
    memberships.set(organization, { role: roles.organization, kind: 'organization', organizationId: organization });
  if (roles.team) memberships.set(team, { role: roles.team, kind: 'team', organizationId: organization });
  return {
    userId: roles.userId ?? 9,
    username: 'x',
    keyId: null,
    defaultEntity: 'x',
    instanceAdmin: roles.instanceAdmin ?? false,
    memberships,
  };
}

function project(kind: 'personal' | 'team' | 'registry', access: ProjectAccess = 'PRIVATE'): Project {
  const place = {
    personal: { entityId: owner, entityKind: 'user' as const, organizationId: null, name: 'p' },
    team: { entityId: team, entityKind: 'team' as const, organizationId: organization, name: 'p' },
    registry: {
      entityId: organization,
      entityKind: 'organization' as const,
      organizationId: organization,
      name: 'wandb-registry-model',
    },
  }[kind];
  return {
    id: 3,
    entityName: 'e',
    description: null,
    access,
    allowAllTypes: true,
    createdBy: null,
    createdAt: 0,
    updatedAt: 0,
    ...place,
  };
}

const nothing = { direct: null, throughTeams: [] };
const nobody = principal({});

test.each<[string, Principal, Project, Role | null, Role | null]>([
  // who, where, direct grant, expected
  ['a stranger in a team project', nobody, project('team'), null, null],
  ['a stranger with a grant in a registry', nobody, project('registry'), 'admin', null],
  ['the owner of a personal project', principal({ userId: owner }), project('personal'), null, 'admin'],
  ['somebody else in a personal project', principal({ organization: 'admin' }), project('personal'), null, null],
  ['a team viewer', principal({ team: 'viewer' }), project('team'), null, 'viewer'],
  ['a team member', principal({ team: 'member' }), project('team'), null, 'member'],
  ['an organization member in a team project', principal({ organization: 'member' }), project('team'), null, null],
  ['an organization admin in a team project', principal({ organization: 'admin' }), project('team'), null, 'admin'],
  ['an organization viewer in a registry', principal({ organization: 'viewer' }), project('registry'), null, 'viewer'],
  ['an organization member in a registry', principal({ organization: 'member' }), project('registry'), null, 'member'],
  ['a team member, who is in the organization too', principal({ team: 'viewer' }), project('registry'), null, 'member'],
  [
    'a weaker explicit role does not reduce',
    principal({ organization: 'member' }),
    project('registry'),
    'restricted_viewer',
    'member',
  ],
  ['a stronger explicit role counts', principal({ organization: 'viewer' }), project('registry'), 'admin', 'admin'],
  [
    'an organization member in a restricted registry',
    principal({ organization: 'member' }),
    project('registry', 'RESTRICTED'),
    null,
    null,
  ],
  [
    'an invited one in a restricted registry',
    principal({ organization: 'viewer' }),
    project('registry', 'RESTRICTED'),
    'restricted_viewer',
    'restricted_viewer',
  ],
  [
    'an organization admin in a restricted registry',
    principal({ organization: 'admin' }),
    project('registry', 'RESTRICTED'),
    null,
    'admin',
  ],
  ['an instance administrator', principal({ instanceAdmin: true }), project('personal'), null, 'admin'],
])('%s', (_who, who, where, direct, expected) => {
  expect(roleInProject(who, where, { direct, throughTeams: [] })).toBe(expected);
});

test('a role through a team counts like a direct one', () => {
  const who = principal({ team: 'member' });
  expect(
    roleInProject(who, project('registry', 'RESTRICTED'), { direct: null, throughTeams: ['viewer', 'admin'] }),
  ).toBe('admin');
});

// W&B's registry role matrix (actions that exist so far).
const matrix: Record<ProjectAction, [boolean, boolean, boolean, boolean]> = {
  'project.read': [true, true, true, true],
  'file.read': [false, true, true, true],
  'run.write': [false, false, true, true],
  'version.log': [false, false, true, true],
  'version.edit': [false, false, true, true],
  'version.delete': [false, false, true, true],
  'collection.create': [false, false, true, true],
  'collection.edit': [false, false, true, true],
  'collection.delete': [false, false, true, true],
  'link.write': [false, false, true, true],
  'alias.move': [false, false, true, true],
  'tag.write': [false, false, true, true],
  'automation.write': [false, false, true, true],
  'project.edit': [false, false, true, true],
  'project.settings': [false, false, false, true],
  'project.delete': [false, false, false, true],
  'members.manage': [false, false, false, true],
};

test.each(Object.entries(matrix) as [ProjectAction, boolean[]][])('%s', (action, expected) => {
  const allowed = (['restricted_viewer', 'viewer', 'member', 'admin'] as const).map(role => mayInProject(role, action));
  expect(allowed).toEqual(expected);
  expect(mayInProject(null, action)).toBe(false);
});

test('entities: members of an organization know its teams, strangers know nothing', () => {
  const teamEntity = { id: team, kind: 'team' as const, organizationId: organization };
  const orgEntity = { id: organization, kind: 'organization' as const, organizationId: organization };
  expect(roleInEntity(nobody, teamEntity)).toBeNull();
  expect(roleInEntity(nobody, orgEntity)).toBeNull();
  expect(roleInEntity(principal({ organization: 'member' }), teamEntity)).toBe('viewer');
  expect(roleInEntity(principal({ organization: 'admin' }), teamEntity)).toBe('admin');
  expect(roleInEntity(principal({ team: 'admin' }), orgEntity)).toBe('member');
  expect(roleInProject(nobody, project('team'), nothing)).toBeNull();
});

test('an account is its own and the server administrators’; a service account is also its team admins’', () => {
  const user = { id: 7 };
  const serviceTeam = { id: team, kind: 'team' as const, organizationId: organization };
  const may = (who: Principal) => [mayManageAccount(who, user, undefined), mayManageAccount(who, user, serviceTeam)];
  expect(may(principal({ userId: 7 }))).toEqual([true, true]);
  expect(may(principal({ instanceAdmin: true }))).toEqual([true, true]);
  expect(may(principal({ team: 'admin' }))).toEqual([false, true]);
  expect(may(principal({ organization: 'admin' }))).toEqual([false, true]);
  expect(may(principal({ team: 'member' }))).toEqual([false, false]);
  expect(may(nobody)).toEqual([false, false]);
});

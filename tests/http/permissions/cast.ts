import { api } from '@weighhouse/contract';
import { Asker, succeeded } from './asker.ts';
import type { Actor } from './expected.ts';

type Standing = 'viewer' | 'member' | 'admin';

interface Part {
  username: string;
  organization?: Standing;
  /** in `research` */
  team?: Standing;
  /** on the restricted registry, by name */
  direct?: string;
  /** on the restricted registry, through a team of one's own */
  throughTeam?: string;
  admin?: true;
}

/** Who takes part. A team or a grant makes nobody more than a viewer of the organization here. */
const parts: Record<Exclude<Actor, 'no key'>, Part> = {
  outsider: { username: 'outsider' },
  'organization viewer': { username: 'org-viewer', organization: 'viewer' },
  'organization member': { username: 'org-member', organization: 'member' },
  'organization admin': { username: 'org-admin', organization: 'admin' },
  'team viewer': { username: 'team-viewer', organization: 'viewer', team: 'viewer' },
  'team member': { username: 'team-member', organization: 'viewer', team: 'member' },
  'team admin': { username: 'team-admin', organization: 'viewer', team: 'admin' },
  owner: { username: 'owner' },
  'granted restricted_viewer': { username: 'direct-rv', organization: 'viewer', direct: 'restricted_viewer' },
  'granted viewer': { username: 'direct-viewer', organization: 'viewer', direct: 'viewer' },
  'granted member': { username: 'direct-member', organization: 'viewer', direct: 'member' },
  'granted admin': { username: 'direct-admin', organization: 'viewer', direct: 'admin' },
  'team-granted restricted_viewer': { username: 'via-rv', organization: 'viewer', throughTeam: 'restricted_viewer' },
  'team-granted viewer': { username: 'via-viewer', organization: 'viewer', throughTeam: 'viewer' },
  'team-granted member': { username: 'via-member', organization: 'viewer', throughTeam: 'member' },
  'team-granted admin': { username: 'via-admin', organization: 'viewer', throughTeam: 'admin' },
  'instance admin': { username: 'root', admin: true },
  'instance admin without the header': { username: 'root-plain', admin: true },
  'disabled user': { username: 'gone', organization: 'admin', team: 'admin', admin: true },
  'revoked key': { username: 'lost-key', organization: 'admin', team: 'admin', admin: true },
};

export const organization = 'weighhouse';
export const team = 'research';
/** people who are given and lose roles while the others act */
export const helper = 'helper';
export const helpers = 'helpers';
export const guest = 'guest';

/** The grants on a restricted registry, as the admin of the organization makes them. */
export async function grant(maker: Asker, registry: string): Promise<void> {
  for (const { username, direct, throughTeam } of Object.values(parts)) {
    const params = { organization, registry, username, team: teamOf(username) };
    if (direct) succeeded(await maker.rest(api.registries.setMember, { params, body: { role: direct } }));
    if (throughTeam) succeeded(await maker.rest(api.registries.setTeam, { params, body: { role: throughTeam } }));
  }
}

/** Makes everybody, each with a key and a run of their own. */
export async function assemble(maker: Asker): Promise<Map<Actor, Asker>> {
  const askers = new Map<Actor, Asker>([['no key', new Asker(maker.address, 'nobody', undefined)]]);
  for (const [actor, part] of Object.entries(parts) as [Actor, Part][])
    askers.set(actor, await join(maker, actor, part));
  await person(maker, helper, 'viewer');
  await person(maker, guest, 'viewer');
  await person(maker, 'member-only', 'member');
  succeeded(await maker.rest(api.teams.create, { body: { name: helpers, organization, admin: helper } }));
  succeeded(await maker.rest(api.organizations.create, { body: { name: 'acme', admin: 'outsider' } }));
  for (const { username, throughTeam } of Object.values(parts)) {
    if (!throughTeam) continue;
    const body = { name: teamOf(username), organization, admin: 'member-only' };
    succeeded(await maker.rest(api.teams.create, { body }));
    const params = { team: body.name, username };
    succeeded(await maker.rest(api.teamMembers.set, { params, body: { role: 'viewer' } }));
  }
  await endStandings(maker, askers);
  return askers;
}

async function join(maker: Asker, actor: Actor, part: Part): Promise<Asker> {
  await person(maker, part.username, part.organization, part.admin);
  const inTeam = { team, username: part.username };
  if (part.team) succeeded(await maker.rest(api.teamMembers.set, { params: inTeam, body: { role: part.team } }));
  const asker = await withKey(maker, part.username, actor === 'instance admin');
  const params = { entity: part.username, project: 'own', run: 'run1' };
  succeeded(await asker.rest(api.runs.put, { params, body: {} }));
  return asker;
}

export async function person(maker: Asker, username: string, role?: Standing, admin?: boolean): Promise<void> {
  succeeded(await maker.rest(api.users.create, { body: { username, admin } }));
  if (!role) return;
  const params = { organization, username };
  succeeded(await maker.rest(api.organizationMembers.set, { params, body: { role } }));
}

export async function withKey(maker: Asker, username: string, asAdmin = false): Promise<Asker> {
  const made = await maker.rest(api.apiKeys.create, { params: { username }, body: {} });
  return new Asker(maker.address, username, succeeded<{ secret: string }>(made).secret, asAdmin);
}

async function endStandings(maker: Asker, askers: Map<Actor, Asker>): Promise<void> {
  succeeded(await maker.rest(api.users.disable, { params: { username: parts['disabled user'].username } }));
  const { username } = parts['revoked key'];
  const listed = await maker.rest(api.apiKeys.list, { params: { username } });
  for (const { id } of succeeded<{ items: { id: string }[] }>(listed).items)
    succeeded(await maker.rest(api.apiKeys.revoke, { params: { username, id } }));
  if (askers.get('revoked key')?.key === undefined) throw new Error('nobody lost a key');
}

function teamOf(username: string): string {
  return `team-of-${username}`;
}

import { api } from '@weighhouse/contract';
import { expect, test } from 'vitest';
import type { World } from '../world.ts';

/** Users, keys, organizations, teams and projects. */
export function peopleJourney(world: () => World): void {
  test('users and their keys', async () => {
    const { admin } = world();
    const ada = await admin.ok(api.users.create, {
      body: { username: 'ada', email: 'ada@example.com', organization: 'weighhouse' },
    });
    expect(ada).toMatchObject({ username: 'ada', defaultEntity: 'ada', admin: false, disabled: false });
    const listed = await admin.ok(api.users.list, { query: { query: 'ADA@', limit: 5 } });
    expect(listed.items.map(({ username }) => username)).toEqual(['ada']);
    expect(await admin.ok(api.users.get, { params: { username: 'ada' } })).toEqual(ada);
    expect(
      await admin.ok(api.users.update, { params: { username: 'ada' }, body: { name: 'Ada L.', email: null } }),
    ).toMatchObject({ name: 'Ada L.', email: null });

    const params = { username: 'ada' };
    const made = await admin.ok(api.apiKeys.create, { params, body: { name: 'laptop' } });
    const imported = await admin.ok(api.apiKeys.create, { params, body: { secret: 'a'.repeat(40) } });
    expect(imported.secret).toBe('a'.repeat(40));
    const { secret, ...shown } = made;
    expect(await admin.ok(api.apiKeys.get, { params: { ...params, id: made.id } })).toEqual(shown);
    expect((await admin.ok(api.apiKeys.list, { params })).items).toHaveLength(2);
    expect((await admin.as(secret ?? '').ok(api.viewer.get)).username).toBe('ada');
    await admin.ok(api.apiKeys.revoke, { params: { ...params, id: imported.id } });
    await admin.as('a'.repeat(40)).fails(api.viewer.get, {}, 'UNAUTHENTICATED');
  });

  test('organizations, teams and their members', async () => {
    const { admin } = world();
    const acme = await admin.ok(api.organizations.create, {
      body: { name: 'acme', admin: 'ada', displayName: 'Acme' },
    });
    const params = { organization: 'acme' };
    expect(await admin.ok(api.organizations.get, { params })).toEqual(acme);
    expect((await admin.ok(api.organizations.list)).items.map(({ name }) => name)).toEqual(['acme', 'weighhouse']);
    expect((await admin.ok(api.organizations.update, { params, body: { displayName: 'Acme Inc' } })).displayName).toBe(
      'Acme Inc',
    );

    await admin.ok(api.users.create, { body: { username: 'bob' } });
    const bob = { ...params, username: 'bob' };
    expect((await admin.ok(api.organizationMembers.set, { params: bob, body: { role: 'member' } })).role).toBe(
      'member',
    );
    expect((await admin.ok(api.organizationMembers.update, { params: bob, body: { role: 'viewer' } })).role).toBe(
      'viewer',
    );
    expect((await admin.ok(api.organizationMembers.get, { params: bob })).role).toBe('viewer');
    expect((await admin.ok(api.organizationMembers.list, { params })).items.map(one => one.username)).toEqual([
      'ada',
      'bob',
    ]);
    await admin.ok(api.organizationMembers.remove, { params: bob });
    await admin.fails(api.organizationMembers.get, { params: bob }, 'NOT_FOUND');

    const team = await admin.ok(api.teams.create, { body: { name: 'vision', organization: 'acme', admin: 'ada' } });
    expect(team.organization).toBe('acme');
    expect(await admin.ok(api.teams.get, { params: { team: 'vision' } })).toEqual(team);
    expect((await admin.ok(api.teams.list, { query: { organization: 'acme' } })).items).toEqual([team]);
    expect((await admin.ok(api.teams.update, { params: { team: 'vision' }, body: { name: 'sight' } })).name).toBe(
      'sight',
    );
    expect((await admin.ok(api.teams.get, { params: { team: 'vision' } })).name).toBe('sight');
    const inTeam = { team: 'sight', username: 'bob' };
    await admin.ok(api.teamMembers.set, { params: inTeam, body: { role: 'member' } });
    expect((await admin.ok(api.teamMembers.update, { params: inTeam, body: { role: 'admin' } })).role).toBe('admin');
    expect((await admin.ok(api.teamMembers.get, { params: inTeam })).role).toBe('admin');
    expect((await admin.ok(api.teamMembers.list, { params: { team: 'sight' } })).items).toHaveLength(2);
    await admin.ok(api.teamMembers.remove, { params: inTeam });
    const channel = {
      ...({ kind: 'slack', name: 'releases', workspace: 'Acme', channel: '#releases' } as const),
      webhookUrl: 'https://hooks.slack.com/services/T000/B000/secret',
    };
    const slack = await admin.ok(api.integrations.create, { params: { team: 'sight' }, body: channel });
    expect(slack).toMatchObject({
      kind: 'slack',
      name: 'releases',
      workspace: 'Acme',
      channel: '#releases',
      url: null,
    });
    const webhook = await admin.ok(api.integrations.create, {
      params: { team: 'sight' },
      body: { kind: 'webhook', name: 'deploy', url: 'https://example.com/hook', secretRef: 'SIGNING' },
    });
    expect(webhook).toMatchObject({ kind: 'webhook', url: 'https://example.com/hook', secretRef: 'SIGNING' });
    const listed = await admin.ok(api.integrations.list, { params: { team: 'sight' } });
    expect(listed.items).toEqual([slack, webhook]);
    const ofSlack = { team: 'sight', id: slack.id };
    expect(await admin.ok(api.integrations.get, { params: ofSlack })).toEqual(slack);
    await admin.ok(api.integrations.delete, { params: ofSlack });
    await admin.fails(api.integrations.get, { params: ofSlack }, 'NOT_FOUND');

    const inTeamSight = { team: 'sight' };
    const invited = await admin.ok(api.invitations.create, {
      params: inTeamSight,
      body: { email: 'Grace@example.com', role: 'admin' },
    });
    expect(invited).toMatchObject({ member: null, invitation: { email: 'Grace@example.com', role: 'admin' } });
    const eve = await admin.ok(api.invitations.create, { params: inTeamSight, body: { email: 'eve@example.com' } });
    expect((await admin.ok(api.invitations.list, { params: inTeamSight })).items).toEqual([
      invited.invitation,
      eve.invitation,
    ]);
    await admin.ok(api.invitations.withdraw, { params: { ...inTeamSight, id: eve.invitation?.id ?? '' } });
    await admin.ok(api.users.create, { body: { username: 'grace', email: 'grace@EXAMPLE.com' } });
    expect((await admin.ok(api.teamMembers.get, { params: { team: 'sight', username: 'grace' } })).role).toBe('admin');
    expect((await admin.ok(api.invitations.list, { params: inTeamSight })).items).toEqual([]);

    const account = await admin.ok(api.serviceAccounts.create, { params: { team: 'sight' }, body: { name: 'ci' } });
    expect(account).toMatchObject({ name: 'ci', defaultEntity: 'sight', serviceAccount: true });
    const { secret } = await admin.ok(api.apiKeys.create, { params: account, body: { name: 'runner' } });
    expect((await admin.as(secret ?? '').ok(api.viewer.get)).teams).toEqual([{ name: 'sight', role: 'member' }]);
    await admin.ok(api.teams.delete, { params: { team: 'sight' } });
    await admin.as(secret ?? '').fails(api.viewer.get, {}, 'UNAUTHENTICATED');
    await admin.ok(api.organizations.delete, { params });
    await admin.ok(api.users.disable, { params: { username: 'bob' } });
    expect((await admin.ok(api.users.get, { params: { username: 'bob' } })).disabled).toBe(true);
  });

  test('projects', async () => {
    const { admin } = world();
    const params = { entity: 'research', project: 'scratch' };
    const made = await admin.call(api.projects.put, { params, body: { description: 'first' } });
    expect(made.status).toBe(201);
    expect((await admin.call(api.projects.put, { params, body: { description: 'second' } })).status).toBe(200);
    expect((await admin.ok(api.projects.get, { params })).description).toBe('second');
    await admin.ok(api.projects.create, { params: { entity: 'research' }, body: { name: 'other' } });
    expect((await admin.ok(api.projects.update, { params, body: { name: 'notes' } })).name).toBe('notes');
    expect((await admin.ok(api.projects.get, { params })).name).toBe('notes');
    expect(
      (await admin.ok(api.projects.list, { params: { entity: 'research' } })).items.map(({ name }) => name),
    ).toEqual(['notes', 'other']);
    await admin.ok(api.projects.delete, { params: { entity: 'research', project: 'notes' } });
    await admin.fails(api.projects.get, { params }, 'NOT_FOUND');
  });
}

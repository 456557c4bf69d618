import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { entity, insertProject, insertUser, readAll, start } from '../sample-records.ts';

export function accountsSuite(store: () => MetadataStore): void {
  test('a user is a personal entity, found by id, name and key', async () => {
    const { bob, teamId } = await store().transaction(async tx => {
      const bob = await insertUser(tx, 'bob');
      const team = entity(tx, 'team', { kind: 'team', organizationId: null });
      await tx.accounts.insertEntity(team);
      await tx.accounts.updateUser(bob, { defaultEntityId: team.id });
      await tx.accounts.insertKey({
        id: 900,
        userId: bob,
        name: 'laptop',
        hint: 'wh_a…z',
        hash: 'h1',
        createdAt: start,
      });
      return { bob, teamId: team.id };
    });
    const { accounts } = store().read;
    const user = {
      id: bob,
      username: 'bob',
      email: 'bob@example.org',
      name: 'Dr bob',
      admin: false,
      disabled: false,
      defaultEntityId: teamId,
      defaultEntity: 'team',
      serviceTeamId: null,
      createdAt: start,
    };
    expect(await accounts.findUser(bob)).toEqual(user);
    expect(await accounts.findUserByName('bob')).toEqual(user);
    expect(await accounts.findUserByName('team')).toBeUndefined();
    expect(await accounts.findUserByName('Bob')).toBeUndefined();
    expect(await accounts.findKeyOwner('h1')).toEqual({ keyId: 900, keyLastUsedAt: null, user, memberships: [] });
    expect(await accounts.findKeyOwner('h2')).toBeUndefined();
    expect(await accounts.findEntity(bob)).toMatchObject({
      kind: 'user',
      name: 'bob',
      displayName: 'Dr bob',
      organizationId: null,
    });
    expect(await accounts.countUsers()).toBe(1);
    await store().transaction(tx => tx.accounts.deleteEntity(teamId, start));
    expect(await accounts.findUser(bob)).toMatchObject({ defaultEntityId: bob, defaultEntity: 'bob' });
  });

  test('a user may be inserted behind a personal entity that is there', async () => {
    await store().transaction(async tx => {
      const id = tx.newId();
      await tx.accounts.insertEntity(entity(tx, 'ann', { id, kind: 'user', displayName: 'Ann' }));
      await tx.accounts.insertUser({
        id,
        username: 'ann',
        email: null,
        name: 'Ann',
        admin: true,
        defaultEntityId: id,
        serviceTeamId: null,
        createdAt: start,
      });
    });
    expect(await store().read.accounts.findUserByName('ann')).toMatchObject({ name: 'Ann', email: null, admin: true });
  });

  test('users change, and are searched by every name they have', async () => {
    const ids = await store().transaction(async tx => [
      await insertUser(tx, 'zoë'),
      await insertUser(tx, 'adam'),
      await insertUser(tx, 'eve'),
    ]);
    const { accounts } = store().read;
    await store().transaction(async tx => {
      await tx.accounts.updateUser(ids[1] ?? 0, { name: 'Ädam 100%', email: null, admin: true, disabledAt: start });
      await tx.accounts.updateUser(ids[1] ?? 0, {});
    });
    expect(await accounts.findUser(ids[1] ?? 0)).toMatchObject({
      name: 'Ädam 100%',
      email: null,
      admin: true,
      disabled: true,
    });
    const names = async (query?: string) =>
      (await readAll(page => accounts.listUsers(page, query))).map(user => user.username);
    expect(await names()).toEqual(['adam', 'eve', 'zoë']);
    expect(await names('ZOË')).toEqual(['zoë']);
    expect(await names('äDAM')).toEqual(['adam']);
    expect(await names('%')).toEqual(['adam']);
    expect(await names('EXAMPLE.org')).toEqual(['eve', 'zoë']);
    await store().transaction(tx => tx.accounts.updateEntity(ids[2] ?? 0, { name: 'lilith' }));
    expect(await names('lilith')).toEqual(['lilith']);
    await store().transaction(tx => tx.accounts.updateUser(ids[1] ?? 0, { disabledAt: null }));
    expect((await accounts.findUser(ids[1] ?? 0))?.disabled).toBe(false);
  });

  test('keys are listed, touched, revoked, and their hashes stay taken', async () => {
    const bob = await store().transaction(async tx => {
      const bob = await insertUser(tx, 'bob');
      await tx.accounts.insertKey({ id: tx.newId(), userId: bob, name: 'a', hint: '1', hash: 'h1', createdAt: start });
      await tx.accounts.insertKey({
        id: tx.newId(),
        userId: bob,
        name: 'b',
        hint: '2',
        hash: 'h2',
        createdAt: start + 1,
      });
      return bob;
    });
    const { accounts } = store().read;
    const [first, second] = await accounts.listKeys(bob);
    expect([first?.name, second?.name]).toEqual(['a', 'b']);
    await store().transaction(async tx => {
      await tx.accounts.touchKey(first?.id ?? 0, start + 5);
      expect(await tx.accounts.revokeKey(second?.id ?? 0, start + 6)).toBe(true);
      expect(await tx.accounts.revokeKey(second?.id ?? 0, start + 7)).toBe(false);
    });
    expect(await accounts.listKeys(bob)).toEqual([{ ...first, lastUsedAt: start + 5 }]);
    expect((await accounts.findKeyOwner('h1'))?.keyLastUsedAt).toBe(start + 5);
    expect(await accounts.findKeyOwner('h2')).toBeUndefined();
    expect(await accounts.findKeyHolder('h2')).toEqual({ keyId: second?.id, userId: bob, revoked: true });
    expect(await accounts.findKeyHolder('h3')).toBeUndefined();
    const again = store().transaction(tx =>
      tx.accounts.insertKey({ id: tx.newId(), userId: bob, name: 'c', hint: '3', hash: 'h2', createdAt: start }),
    );
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('members come and go with their roles', async () => {
    const { org, ids } = await store().transaction(async tx => {
      const org = entity(tx, 'org');
      const gone = entity(tx, 'gone');
      await tx.accounts.insertEntity(org);
      await tx.accounts.insertEntity(gone);
      const ids = [await insertUser(tx, 'carl', true), await insertUser(tx, 'anna'), await insertUser(tx, 'bea')];
      for (const id of ids) await tx.accounts.setMember(org.id, id, 'member', start);
      for (const id of ids) await tx.accounts.setMember(gone.id, id, 'admin', start);
      await tx.accounts.setMember(org.id, ids[0] ?? 0, 'admin', start + 1);
      await tx.accounts.deleteEntity(gone.id, start);
      return { org: org.id, ids };
    });
    const { accounts } = store().read;
    expect((await readAll(page => accounts.listMembers(org, page))).map(m => [m.username, m.role])).toEqual([
      ['anna', 'member'],
      ['bea', 'member'],
      ['carl', 'admin'],
    ]);
    expect(await accounts.listMembers(org)).toMatchObject({ items: [{}, {}, { userId: ids[0], createdAt: start }] });
    expect(await accounts.findMember(org, ids[0] ?? 0)).toMatchObject({ role: 'admin', name: 'Dr carl' });
    expect(await accounts.listMembershipsOf(ids[0] ?? 0)).toEqual([
      { entityId: org, kind: 'organization', name: 'org', displayName: 'The org', organizationId: org, role: 'admin' },
    ]);
    expect(await accounts.countAdmins(org)).toBe(1);
    expect(await accounts.countAdmins(null)).toBe(1);
    await store().transaction(async tx => {
      await tx.accounts.updateUser(ids[0] ?? 0, { disabledAt: start });
      expect(await tx.accounts.removeMember(org, ids[1] ?? 0)).toBe(true);
      expect(await tx.accounts.removeMember(org, ids[1] ?? 0)).toBe(false);
    });
    expect(await accounts.countAdmins(org)).toBe(0);
    expect(await accounts.countAdmins(null)).toBe(0);
    expect(await accounts.findMember(org, ids[1] ?? 0)).toBeUndefined();
  });

  test('a service account knows its team, and its team knows it', async () => {
    const { team, account } = await store().transaction(async tx => {
      const team = entity(tx, 'team', { kind: 'team' });
      await tx.accounts.insertEntity(team);
      const account = await insertUser(tx, 'robot', false, team.id);
      for (const id of [account, await insertUser(tx, 'anna')])
        await tx.accounts.setMember(team.id, id, 'member', start);
      return { team: team.id, account };
    });
    const { accounts } = store().read;
    expect((await accounts.findUser(account))?.serviceTeamId).toBe(team);
    const { items } = await accounts.listMembers(team);
    expect(items.map(({ username, serviceAccount }) => [username, serviceAccount])).toEqual([
      ['anna', false],
      ['robot', true],
    ]);
  });

  test('entities are listed by kind, and organizations found by either name', async () => {
    const { acme, other, team } = await store().transaction(async tx => {
      const acme = entity(tx, 'acme', { displayName: 'Acme Inc' });
      const other = entity(tx, 'other', { displayName: 'acme' });
      const team = entity(tx, 'team', { kind: 'team', organizationId: acme.id });
      for (const each of [acme, other, team]) await tx.accounts.insertEntity(each);
      await insertProject(tx, team.id, 'p1');
      await tx.projects.deleteProject(await insertProject(tx, team.id, 'p2'), start);
      return { acme, other, team };
    });
    const { accounts } = store().read;
    const found = async (name: string, ids?: number[]) =>
      (await accounts.findOrganizations(name, ids)).map(each => each.name);
    expect(await found('acme')).toEqual(['acme', 'other']);
    expect(await found('acme', [other.id])).toEqual(['other']);
    expect(await found('Acme Inc')).toEqual(['acme']);
    expect(await found('Acme Inc', [])).toEqual([]);
    expect(await found('team')).toEqual([]);
    const names = async (...filter: [{ ids?: number[]; organizationId?: number }?]) =>
      (await readAll(page => accounts.listEntities('organization', page, ...filter), 1)).map(each => each.name);
    expect(await names()).toEqual(['acme', 'other']);
    expect(await names({ ids: [acme.id, team.id] })).toEqual(['acme']);
    expect(await readAll(page => accounts.listEntities('team', page, { organizationId: acme.id }))).toEqual([team]);
    expect(await accounts.countProjects(team.id)).toBe(1);
    await store().transaction(tx => tx.accounts.deleteEntity(other.id, start));
    expect(await names()).toEqual(['acme']);
    expect(await accounts.findEntity(other.id)).toBeUndefined();
  });
}

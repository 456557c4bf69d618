import { expect, test } from 'vitest';
import type { Invitation } from '../../../../packages/server/src/domain/invitations.ts';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { entity, insertUser, readAll, start } from '../sample-records.ts';

export function invitationsSuite(store: () => MetadataStore): void {
  async function invite(team: string, ...emails: string[]): Promise<Invitation[]> {
    return store().transaction(async tx => {
      const owner = entity(tx, team, { kind: 'team' });
      await tx.accounts.insertEntity(owner);
      const invitations = emails.map(email => ({
        ...{ id: tx.newId(), entityId: owner.id, email, role: 'member' as const, invitedBy: null, createdAt: start },
      }));
      for (const invitation of invitations) await tx.invitations.insertInvitation(invitation);
      return invitations;
    });
  }

  test('an invitation is found by id, by team and by address, whatever its case', async () => {
    const [first, second] = await invite('research', 'Grace@Example.com', 'ada@example.com');
    const [elsewhere] = await invite('vision', 'grace@example.com');
    const { invitations } = store().read;
    expect(await invitations.findInvitation(first?.id ?? 0)).toEqual(first);
    expect(await invitations.findInvitationTo(first?.entityId ?? 0, 'GRACE@example.COM')).toEqual(first);
    expect(await invitations.findInvitationTo(elsewhere?.entityId ?? 0, 'ada@example.com')).toBeUndefined();
    expect(await invitations.listInvitationsTo('gracE@example.com')).toEqual([first, elsewhere]);
    expect(await readAll(page => invitations.listInvitations(first?.entityId ?? 0, page), 1)).toEqual([first, second]);
    await store().transaction(async tx => {
      expect(await tx.invitations.deleteInvitation(first?.id ?? 0)).toBe(true);
      expect(await tx.invitations.deleteInvitation(first?.id ?? 0)).toBe(false);
    });
    expect(await invitations.listInvitations(first?.entityId ?? 0)).toEqual({ items: [second] });
  });

  test('a team invites an address once', async () => {
    const [first] = await invite('research', 'grace@example.com');
    const again = store().transaction(async tx =>
      tx.invitations.insertInvitation({ ...(first as Invitation), id: tx.newId(), email: 'GRACE@example.com' }),
    );
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('people are found by address: not those who are disabled, and no service accounts', async () => {
    const [invitation] = await invite('research');
    expect(invitation).toBeUndefined();
    await store().transaction(async tx => {
      const team = await tx.accounts.findEntityByName('research');
      await insertUser(tx, 'ada');
      await tx.accounts.updateUser(await insertUser(tx, 'gone'), { email: 'ADA@example.org', disabledAt: start });
      await tx.accounts.updateUser(await insertUser(tx, 'robot', false, team?.id), { email: 'ada@EXAMPLE.org' });
    });
    const { accounts } = store().read;
    const found = async (email: string) => (await accounts.findPeopleByEmail(email)).map(({ username }) => username);
    expect(await found('Ada@Example.Org')).toEqual(['ada']);
    const ada = await accounts.findUserByName('ada');
    await store().transaction(tx => tx.accounts.updateUser(ada?.id ?? 0, { email: null }));
    expect(await found('ada@example.org')).toEqual([]);
  });
}

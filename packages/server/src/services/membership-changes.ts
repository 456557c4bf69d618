import type { Member } from '../domain/accounts.ts';
import type { MetadataTransaction } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';

// What follows from a change of who is in a team or an organization.

/** For one that has left its team: nothing is left that it is for. */
export async function disableServiceAccount(
  tx: MetadataTransaction,
  caller: Caller,
  account: Member,
  at: number,
): Promise<void> {
  const { userId, username } = account;
  for (const { entityId } of await tx.accounts.listMembershipsOf(userId))
    await tx.accounts.removeMember(entityId, userId);
  await tx.accounts.updateUser(userId, { disabledAt: at });
  await recordEvent(tx, caller, at, 'user.disabled', { entityId: userId }, { username });
}

/** Whoever is in a team is in its organization. */
export async function joinOrganization(
  tx: MetadataTransaction,
  organizationId: number,
  userId: number,
  at: number,
): Promise<void> {
  if (!(await tx.accounts.findMember(organizationId, userId)))
    await tx.accounts.setMember(organizationId, userId, 'member', at);
}

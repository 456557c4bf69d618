import { latest } from '../domain/aliases.ts';
import type { Alias, Collection, Membership } from '../domain/collections.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { MetadataTransaction } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';

export interface MoveContext {
  caller: Caller | null;
  at: number;
  reason?: string | null;
}

/**
 * Points an alias at a version, inside the transaction of whatever asks for it: readers see the old target or the new
 * one. Pointing it where it points already changes and records nothing.
 * @returns the alias as it is set then
 * @throws RegistryError `PRECONDITION_FAILED` where `expectedRevision` (0: not set) is not the current one
 */
export async function moveAlias(
  tx: MetadataTransaction,
  context: MoveContext,
  collection: Collection,
  alias: string,
  target: Membership,
  expectedRevision?: number,
): Promise<Alias> {
  const found = await tx.collections.findAliasWithPlace(collection.id, alias);
  const current = found?.alias;
  requireRevision(alias, current?.revision ?? 0, expectedRevision);
  if (current?.membershipId === target.id) return current;
  const revision = (current?.revision ?? (await tx.collections.findLastRevision(collection.id, alias))) + 1;
  const moved = {
    id: current?.id ?? tx.newId(),
    collectionId: collection.id,
    alias,
    membershipId: target.id,
    versionId: target.versionId,
    revision,
    updatedAt: context.at,
  };
  await tx.collections.putAlias(moved);
  await record(tx, context, collection, alias, found?.place ?? null, target, revision);
  return moved;
}

/** Takes an alias away; false where it was not set. */
export async function removeAlias(
  tx: MetadataTransaction,
  context: MoveContext,
  collection: Collection,
  alias: string,
  expectedRevision?: number,
): Promise<boolean> {
  const found = await tx.collections.findAliasWithPlace(collection.id, alias);
  requireRevision(alias, found?.alias.revision ?? 0, expectedRevision);
  if (!found) return false;
  await tx.collections.deleteAlias(collection.id, alias);
  await record(tx, context, collection, alias, found.place ?? null, null, found.alias.revision + 1);
  return true;
}

/**
 * Takes a version's place out of a collection: its aliases go, and `latest` moves back to the newest place left.
 */
export async function removeMembership(
  tx: MetadataTransaction,
  context: MoveContext,
  collection: Collection,
  membership: Membership,
): Promise<void> {
  const held = await tx.collections.listAliasesOfMemberships([membership.id]);
  await tx.collections.deleteMembership(membership.id, context.at);
  for (const { alias } of held) {
    const heir = alias === latest ? await tx.collections.findNewestMembership(collection.id) : undefined;
    if (heir) await moveAlias(tx, context, collection, alias, heir);
    else await removeAlias(tx, context, collection, alias);
  }
}

async function record(
  tx: MetadataTransaction,
  context: MoveContext,
  collection: Collection,
  alias: string,
  from: Pick<Membership, 'versionId' | 'number'> | null,
  to: Pick<Membership, 'versionId' | 'number'> | null,
  revision: number,
): Promise<void> {
  const { caller, at, reason = null } = context;
  await tx.collections.insertAliasMove({
    id: tx.newId(),
    collectionId: collection.id,
    alias,
    fromVersionId: from?.versionId ?? null,
    fromNumber: from?.number ?? null,
    toVersionId: to?.versionId ?? null,
    toNumber: to?.number ?? null,
    revision,
    userId: caller?.principal.userId ?? null,
    keyId: caller?.principal.keyId ?? null,
    requestId: caller?.requestId ?? null,
    reason,
    at,
  });
  const subject = {
    projectId: collection.projectId,
    collectionId: collection.id,
    versionId: to?.versionId ?? from?.versionId,
  };
  const details = {
    alias,
    from: from?.number ?? null,
    to: to?.number ?? null,
    revision,
    collection: collection.name,
    reason,
  };
  await recordEvent(tx, caller, at, to ? 'alias.set' : 'alias.removed', subject, details);
}

function requireRevision(alias: string, current: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== current) {
    throw new RegistryError(
      'PRECONDITION_FAILED',
      `The alias "${alias}" was moved in the meantime (its revision is ${current}, not ${expected}). Read it again and decide anew.`,
      { details: { revision: current } },
    );
  }
}

import { latest } from '../domain/aliases.ts';
import type { Collection, Membership } from '../domain/collections.ts';
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
 * @returns the alias's revision
 * @throws RegistryError `PRECONDITION_FAILED` where `expectedRevision` (0: not set) is not the current one
 */
export async function moveAlias(
  tx: MetadataTransaction,
  context: MoveContext,
  collection: Collection,
  alias: string,
  target: Membership,
  expectedRevision?: number,
): Promise<number> {
  const current = await tx.collections.findAlias(collection.id, alias);
  requireRevision(alias, current?.revision ?? 0, expectedRevision);
  if (current?.membershipId === target.id) return current.revision;
  const from = current && (await tx.collections.findMembership(current.membershipId));
  const revision = (current?.revision ?? (await tx.collections.findLastRevision(collection.id, alias))) + 1;
  await tx.collections.putAlias({
    id: current?.id ?? tx.newId(),
    collectionId: collection.id,
    alias,
    membershipId: target.id,
    versionId: target.versionId,
    revision,
    updatedAt: context.at,
  });
  await record(tx, context, collection, alias, from ?? null, target, revision);
  return revision;
}

/** Takes an alias away; false where it was not set. */
export async function removeAlias(
  tx: MetadataTransaction,
  context: MoveContext,
  collection: Collection,
  alias: string,
  expectedRevision?: number,
): Promise<boolean> {
  const current = await tx.collections.findAlias(collection.id, alias);
  requireRevision(alias, current?.revision ?? 0, expectedRevision);
  if (!current) return false;
  const from = await tx.collections.findMembership(current.membershipId);
  await tx.collections.deleteAlias(collection.id, alias);
  await record(tx, context, collection, alias, from ?? null, null, current.revision + 1);
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
  from: Membership | null,
  to: Membership | null,
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

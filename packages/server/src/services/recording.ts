import type { EventType } from '../domain/events.ts';
import type { MetadataTransaction } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';

export interface EventSubject {
  entityId?: number | null;
  projectId?: number | null;
  collectionId?: number | null;
  versionId?: number | null;
}

/** Writes the event of a change into the transaction of that change: both happen, or neither. */
export async function recordEvent(
  tx: MetadataTransaction,
  caller: Caller | null,
  at: number,
  type: EventType,
  subject: EventSubject,
  details: Record<string, unknown> = {},
): Promise<void> {
  await tx.events.insertEvent({
    id: tx.newId(),
    type,
    at,
    actorUserId: caller?.principal.userId ?? null,
    actorKeyId: caller?.principal.keyId ?? null,
    requestId: caller?.requestId ?? null,
    entityId: subject.entityId ?? null,
    projectId: subject.projectId ?? null,
    collectionId: subject.collectionId ?? null,
    versionId: subject.versionId ?? null,
    details,
  });
}

/**
 * What happened, written in the transaction of the change. The relay gives each event its place in the one sequence
 * and seals it into the hash chain; audit trail, automations and web app read from there.
 */
export const eventTypes = [
  'user.created',
  'user.updated',
  'user.disabled',
  'api_key.created',
  'api_key.revoked',
  'organization.created',
  'organization.updated',
  'organization.deleted',
  'team.created',
  'team.updated',
  'team.deleted',
  'member.set',
  'member.removed',
  'invitation.created',
  'invitation.accepted',
  'invitation.withdrawn',
  'project.created',
  'project.updated',
  'project.renamed',
  'project.deleted',
  'registry.created',
  'registry.updated',
  'registry.renamed',
  'registry.deleted',
  'registry.member_set',
  'registry.member_removed',
  'collection.created',
  'collection.updated',
  'collection.renamed',
  'collection.deleted',
  'collection.retyped',
  'collection.tagged',
  'collection.untagged',
  'version.committed',
  'version.updated',
  'version.deleted',
  'version.restored',
  'version.expired',
  'version.tagged',
  'version.untagged',
  'version.linked',
  'version.unlinked',
  'version.used',
  'alias.set',
  'alias.removed',
  'automation.created',
  'automation.updated',
  'automation.deleted',
  'integration.created',
  'integration.deleted',
  'run.created',
  'run.finished',
  'run.crashed',
  'run.deleted',
] as const;
export type EventType = (typeof eventTypes)[number];

export interface NewEvent {
  type: EventType;
  at: number;
  actorUserId: number | null;
  actorKeyId: number | null;
  requestId: string | null;
  entityId: number | null;
  projectId: number | null;
  collectionId: number | null;
  versionId: number | null;
  /** facts a reader needs later, when the objects may be gone or renamed */
  details: Record<string, unknown>;
}

export interface RegistryEvent extends NewEvent {
  id: number;
  /** place in the one sequence; given by the relay */
  sequence: number;
  /** SHA-256 over the previous event's hash and this event, lower-case hex */
  hash: string;
}

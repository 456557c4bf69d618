import type { Entity } from '../../../packages/server/src/domain/accounts.ts';
import type { Collection, Membership } from '../../../packages/server/src/domain/collections.ts';
import type { NewEvent } from '../../../packages/server/src/domain/events.ts';
import type { ResolvedEntry } from '../../../packages/server/src/domain/manifests.ts';
import type { Run } from '../../../packages/server/src/domain/runs.ts';
import type { Version } from '../../../packages/server/src/domain/versions.ts';
import type { Blob, Upload } from '../../../packages/server/src/ports/metadata/blobs.ts';
import type { MetadataStore, MetadataTransaction } from '../../../packages/server/src/ports/metadata-store.ts';

export const start = Date.UTC(2026, 0, 1);

export function entity(tx: MetadataTransaction, name: string, changes: Partial<Entity> = {}): Entity {
  const id = tx.newId();
  const own = { id, name, kind: 'organization' as const, displayName: `The ${name}`, createdAt: start };
  return { ...own, organizationId: changes.kind === 'user' ? null : id, ...changes };
}

export async function insertUser(
  tx: MetadataTransaction,
  username: string,
  admin = false,
  serviceTeamId: number | null = null,
): Promise<number> {
  const id = tx.newId();
  const email = `${username}@example.org`;
  await tx.accounts.insertUser({
    id,
    username,
    email,
    name: `Dr ${username}`,
    admin,
    defaultEntityId: id,
    serviceTeamId,
    createdAt: start,
  });
  return id;
}

export async function insertProject(tx: MetadataTransaction, entityId: number, name: string): Promise<number> {
  const id = tx.newProjectId();
  await tx.projects.insertProject({
    id,
    entityId,
    name,
    description: null,
    access: 'PRIVATE',
    allowAllTypes: false,
    createdBy: null,
    createdAt: start,
  });
  return id;
}

export function collection(
  tx: MetadataTransaction,
  projectId: number,
  name: string,
  changes: Partial<Collection> = {},
): Collection {
  return {
    id: tx.newId(),
    projectId,
    kind: 'artifact',
    name,
    type: 'model',
    description: null,
    createdBy: null,
    createdAt: start,
    updatedAt: start,
    ...changes,
  };
}

export function version(tx: MetadataTransaction, of: Collection, changes: Partial<Version> = {}): Version {
  return {
    id: tx.newId(),
    collectionId: of.id,
    projectId: of.projectId,
    state: 'pending',
    number: null,
    digest: null,
    manifestId: null,
    size: 0,
    fileCount: 0,
    description: null,
    metadata: null,
    ttlSeconds: null,
    historyStep: null,
    clientId: null,
    distributedId: null,
    requestedAliases: [],
    requestedTags: [],
    baseVersionId: null,
    mergedInto: null,
    createdBy: null,
    createdByRun: null,
    createdAt: start,
    updatedAt: start,
    committedAt: null,
    ...changes,
  };
}

export function blob(tx: MetadataTransaction, md5: string, sha256: string | null, changes: Partial<Blob> = {}): Blob {
  const id = tx.newId();
  return { id, physicalKey: `key-${id}`, size: 5, md5, sha256, createdBy: null, createdAt: start, ...changes };
}

export function upload(tx: MetadataTransaction, projectId: number, changes: Partial<Upload> = {}): Upload {
  return {
    id: tx.newId(),
    purpose: 'version-file',
    userId: 1,
    projectId,
    versionId: null,
    draftId: null,
    runId: null,
    path: null,
    expectedSize: null,
    expectedMd5: null,
    expectedSha256: null,
    partCount: null,
    partMd5s: null,
    uploadKey: null,
    state: 'open',
    blobId: null,
    createdAt: start,
    touchedAt: start,
    ...changes,
  };
}

export function entry(path: string, changes: Partial<ResolvedEntry> = {}): ResolvedEntry {
  return {
    path,
    digest: 'XUFAKrxLKna5cZ2REBfFkg==',
    size: 5,
    blobId: null,
    ref: null,
    extra: null,
    birthVersionId: null,
    sha256: null,
    ...changes,
  };
}

export function run(tx: MetadataTransaction, projectId: number, name: string, changes: Partial<Run> = {}): Run {
  return {
    id: tx.newId(),
    projectId,
    name,
    displayName: name,
    description: null,
    notes: null,
    config: '{}',
    summary: '{}',
    state: 'running',
    tags: [],
    jobType: null,
    group: null,
    program: null,
    host: null,
    commit: null,
    sweep: null,
    userId: null,
    exitCode: null,
    historyLines: 0,
    eventLines: 0,
    logLines: 0,
    stopRequested: false,
    createdAt: start,
    heartbeatAt: null,
    finishedAt: null,
    ...changes,
  };
}

export function event(tx: MetadataTransaction, changes: Partial<NewEvent> = {}): NewEvent & { id: number } {
  return {
    id: tx.newId(),
    type: 'run.created',
    at: start,
    actorUserId: null,
    actorKeyId: null,
    requestId: null,
    entityId: null,
    projectId: null,
    collectionId: null,
    versionId: null,
    details: {},
    ...changes,
  };
}

/** An organization with one project and one artifact in it. */
export async function seed(store: MetadataStore): Promise<{ owner: Entity; projectId: number; artifact: Collection }> {
  return await store.transaction(async tx => {
    const owner = entity(tx, 'weighhouse');
    await tx.accounts.insertEntity(owner);
    const projectId = await insertProject(tx, owner.id, 'digits');
    const artifact = collection(tx, projectId, 'classifier');
    await tx.collections.insertCollection(artifact);
    return { owner, projectId, artifact };
  });
}

/** A recorded move of an alias, an event that is sealed and one that is not. */
export async function seedHistory(store: MetadataStore): Promise<void> {
  const { artifact } = await seed(store);
  await store.transaction(async tx => {
    const target = {
      toVersionId: 1,
      toNumber: 0,
      revision: 1,
      userId: null,
      keyId: null,
      requestId: null,
      reason: null,
      at: start,
    };
    const source = { fromVersionId: null, fromNumber: null, alias: 'latest', collectionId: artifact.id };
    await tx.collections.insertAliasMove({ id: tx.newId(), ...source, ...target });
    const made = event(tx);
    await tx.events.insertEvent(made);
    await tx.events.insertEvent(event(tx));
    await tx.events.sealEvents([{ id: made.id, sequence: 1, hash: 'h' }]);
  });
}

/** A committed version in its place. */
export async function commit(
  tx: MetadataTransaction,
  artifact: Collection,
  changes: Partial<Version> = {},
): Promise<{ version: Version; membership: Membership }> {
  const number = await tx.collections.takeNumber(artifact.id, start);
  const committed = version(tx, artifact, { state: 'committed', number, committedAt: start, ...changes });
  await tx.versions.insertVersion(committed);
  const membership = {
    id: tx.newId(),
    collectionId: artifact.id,
    versionId: committed.id,
    number,
    createdBy: null,
    createdAt: start,
  };
  await tx.collections.insertMembership(membership);
  return { version: committed, membership };
}

/** Every item of a list, read in pages of `limit`. */
export async function readAll<T>(
  list: (page: { limit: number; after?: (string | number)[] }) => Promise<{ items: T[]; next?: (string | number)[] }>,
  limit = 2,
): Promise<T[]> {
  const items: T[] = [];
  let after: (string | number)[] | undefined;
  do {
    const page = await list({ limit, after });
    items.push(...page.items);
    after = page.next;
  } while (after);
  return items;
}

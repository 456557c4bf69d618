import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Project } from '../../packages/server/src/domain/projects.ts';
import type { MetadataStore, MetadataTransaction } from '../../packages/server/src/ports/metadata-store.ts';
import { openSqliteMetadataStore } from '../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';

export const benchProject = 'bench';
export const versionsPerArtifact = 50;
const tagsPerVersion = 5;
const filesPerVersion = 3;

/**
 * Fills the database of a stopped server with committed versions through the store's own port: artifacts of 50
 * versions, three files and five tags each, all linked into registered models. No bytes are stored.
 */
export async function fillRegistry(dataFolder: string, versions: number): Promise<void> {
  const store = openSqliteMetadataStore({ file: join(dataFolder, 'weighhouse.db') });
  await store.migrate();
  try {
    const project = await makeProject(store);
    const registry = await store.read.projects.findProjectByName('weighhouse', 'wandb-registry-model');
    if (!registry) throw new Error('the first start has not happened in this folder');
    for (let artifact = 0; artifact * versionsPerArtifact < versions; artifact += 4) {
      await store.transaction(async tx => {
        for (let i = artifact; i < artifact + 4 && i * versionsPerArtifact < versions; i++)
          await addArtifact(tx, project, registry, i);
      });
    }
  } finally {
    await store.close();
  }
}

async function makeProject(store: MetadataStore): Promise<Project> {
  const team = await store.read.accounts.findEntityByName('research');
  if (!team) throw new Error('the first start has not happened in this folder');
  await store.transaction(async tx => {
    await tx.projects.insertProject({
      id: tx.newProjectId(),
      entityId: team.id,
      name: benchProject,
      description: null,
      access: 'PRIVATE',
      allowAllTypes: true,
      createdBy: null,
      createdAt: Date.now(),
    });
  });
  const project = await store.read.projects.findProjectByName('research', benchProject);
  if (!project) throw new Error('the project is not there');
  return project;
}

async function addArtifact(tx: MetadataTransaction, project: Project, registry: Project, index: number): Promise<void> {
  const collection = await addCollection(tx, project, 'artifact', `artifact-${index}`);
  const model = await addCollection(tx, registry, 'registered_model', `model-${index}`);
  for (let number = 0; number < versionsPerArtifact; number++) {
    const versionId = await addVersion(tx, project, collection, `${index}/${number}`);
    await addMembership(tx, collection, versionId, ['latest', ...(number % 7 === 0 ? ['best'] : [])]);
    await addMembership(tx, model, versionId, ['latest', ...(number === 0 ? ['production'] : [])]);
  }
}

async function addCollection(
  tx: MetadataTransaction,
  project: Project,
  kind: 'artifact' | 'registered_model',
  name: string,
): Promise<number> {
  const id = tx.newId();
  const now = Date.now();
  await tx.projects.ensureType(project.id, tx.newId(), 'model', now);
  await tx.collections.insertCollection({
    id,
    projectId: project.id,
    kind,
    name,
    type: 'model',
    description: null,
    createdBy: null,
    createdAt: now,
    updatedAt: now,
  });
  await tx.collections.addTags(id, tagsOf(name));
  return id;
}

async function addVersion(
  tx: MetadataTransaction,
  project: Project,
  collectionId: number,
  seed: string,
): Promise<number> {
  const now = Date.now();
  const manifestId = tx.newId();
  await tx.versions.insertManifest({ id: manifestId, createdAt: now });
  const entries = [];
  for (let file = 0; file < filesPerVersion; file++) {
    const md5 = createHash('md5').update(`${seed}/${file}`).digest();
    const blobId = tx.newId();
    const sha256 = createHash('sha256').update(`${seed}/${file}`).digest('hex');
    await tx.blobs.insertBlob({
      id: blobId,
      physicalKey: `bench/${sha256}`,
      size: 1000,
      md5: md5.toString('hex'),
      sha256,
      createdBy: null,
      createdAt: now,
    });
    entries.push({
      path: `file-${file}.bin`,
      digest: md5.toString('base64'),
      size: 1000,
      blobId,
      ref: null,
      extra: null,
      birthVersionId: null,
    });
  }
  await tx.versions.putEntries(manifestId, entries);
  const digest = createHash('md5').update(seed).digest('hex');
  const identity = createHash('sha256').update(seed).digest('hex');
  await tx.versions.sealManifest(
    { id: manifestId, digest, identity, size: 1000 * filesPerVersion, fileCount: filesPerVersion },
    now,
  );
  const id = tx.newId();
  const metadata = { accuracy: (id % 1000) / 1000, architecture: `net-${id % 20}`, epochs: id % 100 };
  await tx.versions.insertVersion({
    id,
    collectionId,
    projectId: project.id,
    state: 'committed',
    number: await tx.collections.takeNumber(collectionId, now),
    digest,
    manifestId,
    size: 1000 * filesPerVersion,
    fileCount: filesPerVersion,
    description: null,
    metadata: JSON.stringify(metadata),
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
    createdAt: now,
    updatedAt: now,
    committedAt: now,
  });
  const rows = Object.entries(metadata).map(([key, value]) => ({
    key,
    number: typeof value === 'number' ? value : null,
    text: typeof value === 'string' ? value : null,
  }));
  await tx.versions.putMetadataRows(id, rows);
  await tx.collections.addVersionTags(id, tagsOf(seed));
  return id;
}

async function addMembership(
  tx: MetadataTransaction,
  collectionId: number,
  versionId: number,
  aliases: string[],
): Promise<void> {
  const version = await tx.versions.findVersion(versionId);
  const own = version?.collectionId === collectionId;
  const now = Date.now();
  const number =
    own && version?.number !== null ? (version?.number ?? 0) : await tx.collections.takeNumber(collectionId, now);
  const membership = { id: tx.newId(), collectionId, versionId, number, createdBy: null, createdAt: now };
  await tx.collections.insertMembership(membership);
  for (const alias of aliases) {
    const current = await tx.collections.findAlias(collectionId, alias);
    await tx.collections.putAlias({
      id: current?.id ?? tx.newId(),
      collectionId,
      alias,
      membershipId: membership.id,
      versionId,
      revision: (current?.revision ?? 0) + 1,
      updatedAt: now,
    });
  }
}

function tagsOf(seed: string): string[] {
  const number = createHash('md5').update(seed).digest().readUInt32LE();
  return Array.from({ length: tagsPerVersion }, (_, i) => `tag-${(number + i * 37) % 200}`);
}

import { hash } from 'node:crypto';
import { metadataRows } from '../../packages/server/src/domain/metadata.ts';
import { partsOf } from '../../packages/server/src/stores/metadata/name-parts.ts';
import type { Schema } from '../../packages/server/src/stores/metadata/schema.ts';
import { searchable } from '../../packages/server/src/stores/metadata/searchable.ts';

export const benchProject = 'bench';
export const versionsPerModel = 50;
export const tagsInUse = 200;
const tagsPerVersion = 5;
const filesPerVersion = 10;
const fileSize = 1_000;

/** Ids that one registered model, its artifact and their versions take at most. */
export const idsPerModel = 10 + versionsPerModel * (4 + filesPerVersion);

/** Where generated rows belong. */
export interface GeneratedPlace {
  projectId: number;
  registryId: number;
  /** milliseconds since 1970, of the first version; the others follow by the second */
  since: number;
  takeId: () => number;
}

type Rows = { [Table in keyof Schema]?: Schema[Table][] };

export const generatedTables = [
  'collections',
  'collection_tags',
  'collection_name_parts',
  'versions',
  'version_tags',
  'version_metadata',
  'manifests',
  'manifest_entries',
  'blobs',
  'memberships',
  'aliases',
  'alias_moves',
] as const satisfies (keyof Schema)[];

export type GeneratedRows = Required<Pick<Rows, (typeof generatedTables)[number]>>;

export const artifactName = (index: number) => `artifact-${index}`;
export const modelName = (index: number) => `model-${index}`;

/**
 * What a generated registry is made of: artifact number `index` with its committed versions, all linked to a registered
 * model of the same number, with five tags and ten files each. Everything is as commits and links would have left it,
 * but that the files have no bytes and no event was recorded.
 */
export function generateModel(index: number, versions: number, place: GeneratedPlace): GeneratedRows {
  const rows = emptyRows();
  const at = (number: number) => place.since + (index * versionsPerModel + number) * 1_000;
  const home = { createdAt: at(0), updatedAt: at(versions), versions };
  const artifact = { id: place.takeId(), projectId: place.projectId, kind: 'artifact', name: artifactName(index) };
  const model = { id: place.takeId(), projectId: place.registryId, kind: 'registered_model', name: modelName(index) };
  addCollection(rows, { ...artifact, ...home });
  addCollection(rows, { ...model, ...home });
  for (let number = 0; number < versions; number++) {
    const versionId = addVersion(rows, place, artifact.id, number, `${index}/${number}`, at(number));
    const isLast = number === versions - 1;
    const isBest = number === versions - 1 - ((versions - 1) % 7);
    const own = [...(isLast ? ['latest'] : []), ...(isBest ? ['best'] : [])];
    const linked = [...(isLast ? ['latest'] : []), ...(number === 0 ? ['production'] : [])];
    addMembership(rows, place, { collectionId: artifact.id, versionId, number, aliases: own, at: at(number) });
    addMembership(rows, place, { collectionId: model.id, versionId, number, aliases: linked, at: at(number) });
  }
  return rows;
}

/** Files without bytes, as uploads would have left them. */
export function generateBlob(id: number, seed: string, createdAt: number): { row: Schema['blobs']; digest: string } {
  // nothing compares them with bytes: one hash gives both
  const bytes = hash('sha256', seed, 'buffer');
  const md5 = bytes.subarray(0, 16);
  const sha256 = bytes.toString('hex');
  const row = {
    id,
    physical_key: `bench/${sha256}`,
    size: fileSize,
    md5: md5.toString('hex'),
    sha256,
    merged_into: null,
    created_by: null,
    created_at: createdAt,
  };
  return { row, digest: md5.toString('base64') };
}

export function emptyRows(): GeneratedRows {
  return Object.fromEntries(generatedTables.map(table => [table, []])) as unknown as GeneratedRows;
}

interface GeneratedCollection {
  id: number;
  projectId: number;
  kind: string;
  name: string;
  versions: number;
  createdAt: number;
  updatedAt: number;
}

function addCollection(rows: GeneratedRows, { id, projectId, kind, name, versions, ...times }: GeneratedCollection) {
  rows.collections.push({
    id,
    project_id: projectId,
    kind,
    name,
    search_name: searchable(name),
    type: 'model',
    description: null,
    next_number: versions,
    place_count: versions,
    created_by: null,
    created_at: times.createdAt,
    updated_at: times.updatedAt,
    deleted_at: null,
  });
  const home = { project_id: projectId, kind, type: 'model', name, created_at: times.createdAt };
  for (const tag of tagsOf(name)) rows.collection_tags.push({ collection_id: id, tag, ...home });
  for (const part of partsOf(name)) rows.collection_name_parts.push({ part, collection_id: id });
}

function addVersion(
  rows: GeneratedRows,
  { projectId, takeId }: GeneratedPlace,
  collectionId: number,
  number: number,
  seed: string,
  at: number,
): number {
  const id = takeId();
  const manifestId = takeId();
  const identity = hash('sha256', seed);
  const digest = identity.slice(0, 32);
  const size = fileSize * filesPerVersion;
  rows.manifests.push({
    id: manifestId,
    digest,
    identity,
    size,
    file_count: filesPerVersion,
    created_at: at,
    sealed_at: at,
  });
  for (let file = 0; file < filesPerVersion; file++) {
    const blob = generateBlob(takeId(), `${seed}/${file}`, at);
    rows.blobs.push(blob.row);
    rows.manifest_entries.push({
      manifest_id: manifestId,
      path: `file-${file}.bin`,
      digest: blob.digest,
      size: fileSize,
      blob_id: blob.row.id,
      ref: null,
      extra: null,
      birth_version_id: null,
    });
  }
  const drawn = Number.parseInt(digest.slice(0, 12), 16);
  const metadata = JSON.stringify({
    accuracy: (drawn % 1_000) / 1_000,
    architecture: `net-${drawn % 20}`,
    epochs: drawn % 100,
  });
  rows.versions.push({
    id,
    collection_id: collectionId,
    project_id: projectId,
    state: 'committed',
    number,
    digest,
    manifest_id: manifestId,
    size,
    file_count: filesPerVersion,
    description: null,
    metadata,
    ttl_seconds: null,
    history_step: null,
    client_id: null,
    distributed_id: null,
    requested_aliases_json: '[]',
    requested_tags_json: '[]',
    base_version_id: null,
    merged_into: null,
    created_by: null,
    created_by_run: null,
    created_at: at,
    updated_at: at,
    committed_at: at,
  });
  for (const [position, row] of metadataRows(metadata).entries())
    rows.version_metadata.push({ version_id: id, position, ...row });
  for (const tag of tagsOf(seed)) rows.version_tags.push({ version_id: id, tag });
  return id;
}

interface GeneratedMembership {
  collectionId: number;
  versionId: number;
  number: number;
  aliases: string[];
  at: number;
}

function addMembership(
  rows: GeneratedRows,
  { takeId }: GeneratedPlace,
  { collectionId, versionId, number, aliases, at }: GeneratedMembership,
): void {
  const id = takeId();
  rows.memberships.push({
    id,
    collection_id: collectionId,
    version_id: versionId,
    number,
    created_by: null,
    created_at: at,
    deleted_at: null,
  });
  for (const alias of aliases) {
    const named = { collection_id: collectionId, alias };
    rows.aliases.push({
      id: takeId(),
      ...named,
      membership_id: id,
      version_id: versionId,
      revision: 1,
      updated_at: at,
    });
    rows.alias_moves.push({
      id: takeId(),
      ...named,
      from_version_id: null,
      from_number: null,
      to_version_id: versionId,
      to_number: number,
      revision: 1,
      user_id: null,
      key_id: null,
      request_id: null,
      reason: null,
      at,
    });
  }
}

function tagsOf(seed: string): string[] {
  const drawn = hash('md5', seed, 'buffer').readUInt32LE();
  return Array.from({ length: tagsPerVersion }, (_, i) => `tag-${(drawn + i * 37) % tagsInUse}`);
}

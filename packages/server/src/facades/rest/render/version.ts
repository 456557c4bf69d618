import { apiBase, type Version, type VersionFile, type VersionPlace } from '@weighhouse/contract';
import type { Collection, Membership } from '../../../domain/collections.ts';
import { md5Base64ToHex } from '../../../domain/digests.ts';
import { isJsonObject, parseJson } from '../../../domain/json.ts';
import { isRegistry, type Project } from '../../../domain/projects.ts';
import { type Version as DomainVersion, versionLabel } from '../../../domain/versions.ts';
import type { EntryBlob } from '../../../ports/metadata/versions.ts';
import { registryName } from './project.ts';
import { isoTime } from './time.ts';

/** A version as it stands in one collection, with what is shown beside it. */
export interface ShownVersion {
  project: Project;
  collection: Collection;
  membership: Membership;
  version: DomainVersion;
  aliases: string[];
  tags: string[];
  /** the artifact it was logged to; null where the reader may not see that */
  source: VersionPlace | null;
  createdBy: string | null;
}

type Place = Pick<ShownVersion, 'project' | 'collection'> & { membership: { number: number } };

export function renderPlace({ project, collection, membership }: Place): VersionPlace {
  const version = versionLabel(membership.number);
  return {
    kind: collection.kind,
    entity: project.entityName,
    project: project.name,
    name: collection.name,
    version,
    address: `${project.entityName}/${project.name}/${collection.name}:${version}`,
  };
}

export function renderVersion(shown: ShownVersion, options: { metadata: boolean }): Version {
  const { version, membership, collection } = shown;
  const place = renderPlace(shown);
  return {
    ...place,
    id: String(version.id),
    number: membership.number,
    type: collection.type,
    aliases: shown.aliases,
    tags: shown.tags,
    source: collection.kind === 'artifact' ? place : shown.source,
    digest: version.digest ?? '',
    size: version.size,
    fileCount: version.fileCount,
    description: version.description,
    metadata: options.metadata ? readObject(version.metadata) : undefined,
    ttlSeconds: version.ttlSeconds,
    createdBy: shown.createdBy,
    createdAt: isoTime(version.createdAt),
    updatedAt: isoTime(version.updatedAt),
    committedAt: isoTime(version.committedAt ?? version.createdAt),
    linkedAt: collection.kind === 'artifact' ? null : isoTime(membership.createdAt),
    filesUrl: filesUrl(shown),
  };
}

/** A path under which a file's bytes never change: by number, whatever alias was asked for. */
function filesUrl({ project, collection, membership }: Place): string {
  const steps = isRegistry(project)
    ? ['registries', project.entityName, registryName(project), 'models', collection.name]
    : ['projects', project.entityName, project.name, 'artifacts', collection.name];
  return `${apiBase}/${[...steps, 'versions', versionLabel(membership.number), 'files'].map(encodeURIComponent).join('/')}`;
}

export function renderVersionFile(entry: EntryBlob): VersionFile {
  const isReference = entry.ref !== null;
  return {
    path: entry.path,
    size: entry.size,
    sha256: isReference ? null : entry.sha256,
    md5: isReference ? null : (md5Base64ToHex(entry.digest) ?? null),
    reference: entry.ref === null ? null : { uri: entry.ref, digest: entry.digest },
  };
}

function readObject(text: string | null): Record<string, unknown> {
  const value = text === null ? {} : parseJson(text, 'metadata');
  return isJsonObject(value) ? value : {};
}

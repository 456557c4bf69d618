import { RegistryError } from '../../../domain/registry-error.ts';
import type { Run } from '../../../domain/runs.ts';
import type { VersionState } from '../../../domain/versions.ts';
import type { AccessibleRun } from '../../../services/runs.ts';
import type { AccessibleVersion } from '../../../services/version-access.ts';
import { connection, emptyConnection, type PageArguments, pageRequest, slice } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { decodeId, encodeId } from '../ids.ts';
import { type AliasNode, tagNode } from './collections.ts';
import { type EntryArguments, listEntries, namedFile } from './files.ts';
import type { CollectionNode, PlaceNode } from './nodes.ts';

export const versionQueries: Fields<undefined> = {
  artifact: async (_source, { id }: { id: string }, { load }) => {
    const number = decodeId('Artifact', id);
    return number === undefined ? null : ((await load.version.load(number)) ?? null);
  },
  clientIDMapping: async (_source, { clientID }: { clientID: string }, { caller, services }) => {
    const known = await services.versionDetails.byClientId(caller, clientID);
    if (!known) return null;
    return { serverID: encodeId(known.kind === 'version' ? 'Artifact' : 'ArtifactCollection', known.id) };
  },
};

const states: Record<VersionState, string> = {
  pending: 'PENDING',
  committed: 'COMMITTED',
  merged: 'COMMITTED',
  deleted: 'DELETED',
  expired: 'DELETED',
};

const artifact: Fields<AccessibleVersion> = {
  id: ({ version: { id } }) => encodeId('Artifact', id),
  artifactSequence: source,
  artifactType: async (found, _args, context) => {
    const { collection } = await source(found, undefined, context);
    return { found: found.through, id: collection.id, name: collection.type, createdAt: collection.createdAt };
  },
  versionIndex: ({ version: { number } }) => number,
  state: ({ version: { state } }) => states[state],
  description: ({ version: { description } }) => description,
  metadata: ({ version: { metadata } }) => metadata,
  ttlDurationSeconds: ({ version: { ttlSeconds } }) => ttlSeconds ?? -2,
  ttlIsInherited: ({ version: { ttlSeconds } }) => ttlSeconds === null,
  tags: async (found, _args, { load }) =>
    (await load.versionTags.load(found)).map(tag => tagNode(found.version.id, tag)),
  historyStep: ({ version: { historyStep } }) => historyStep,
  size: ({ version: { size } }) => size,
  digest: ({ version: { digest } }) => digest ?? '',
  digestAlgorithm: () => 'MANIFEST_MD5',
  commitHash: ({ version: { digest, id } }) =>
    digest === null ? null : `${digest.slice(0, 12)}${id.toString(16).padStart(8, '0')}`,
  fileCount: ({ version: { fileCount } }) => fileCount,
  createdAt: ({ version: { createdAt } }) => createdAt,
  updatedAt: ({ version: { updatedAt } }) => updatedAt,
  aliases: async (found, _args, { load }) => {
    const places = await load.places.load(found.version.id);
    const aliases = await Promise.all(
      places.map(async place => (await load.aliases.load(place)).map(alias => ({ alias, home: place }))),
    );
    return aliases.flat() satisfies AliasNode[];
  },
  currentManifest: ({ version }, _args, { urls }) => {
    if (version.manifestId === null) return null;
    const url = urls.manifest(version.id);
    const file = namedFile(version.manifestId, 'wandb_manifest.json', {
      url,
      directUrl: url,
      mimetype: 'application/json',
    });
    return { id: encodeId('ArtifactManifest', version.manifestId), file };
  },
  createdBy: async ({ version }, _args, context) => {
    const [run] = await accessibleRuns(context, await context.services.lineage.loggedBy(context.caller, version.id));
    if (run) return run;
    return version.createdBy === null ? null : context.load.person.load(version.createdBy);
  },
  usedBy: async ({ version }, _args, context) => {
    const page = await context.services.lineage.usedBy(context.caller, version.id, { limit: 1000 });
    return connection({ ...page, items: await accessibleRuns(context, page.items) }, node => node);
  },
  artifactMemberships: async (found, args: PageArguments, { load }) => {
    const places = await load.places.load(found.version.id);
    return connection(
      slice(places, pageRequest(args, 1000)),
      place => ({ ...place, version: found }) satisfies PlaceNode,
    );
  },
  files: (found, args: EntryArguments, context) =>
    found.version.manifestId === null ? emptyConnection : listEntries(context, found, args),
  filesByManifestEntries: (found, { entries }: { entries?: { name: string }[] | null }, context) =>
    listEntries(context, found, { names: entries?.map(({ name }) => name), first: 5000 }),
};

/** The artifact that a version was logged to, seen or not: the client needs its name to tell links from sources. */
async function source(found: AccessibleVersion, _args: unknown, { load }: RequestContext): Promise<CollectionNode> {
  const known = await load.source.load(found);
  if (!known) throw new RegistryError('NOT_FOUND', 'The artifact of this version was deleted.');
  return { collection: known.collection, project: known.project?.project, role: known.project?.role };
}

async function accessibleRuns({ caller, services }: RequestContext, runs: readonly Run[]): Promise<AccessibleRun[]> {
  const projects = await services.access.readable(
    caller,
    runs.map(({ projectId }) => projectId),
  );
  return runs.flatMap(run => {
    const found = projects.get(run.projectId);
    return found ? [{ ...found, run }] : [];
  });
}

const membership: Fields<PlaceNode> = {
  id: ({ membership: { id } }) => encodeId('ArtifactCollectionMembership', id),
  versionIndex: ({ membership: { number } }) => number,
  createdAt: ({ membership: { createdAt } }) => createdAt,
  aliases: async (place, _args, { load }) =>
    (await load.aliases.load(place)).map(alias => ({ alias, home: place }) satisfies AliasNode),
  artifactCollection: place => place,
  artifact: async (place, _args, { load }) =>
    place.version ?? (await load.version.load(place.membership.versionId)) ?? null,
  files: async (place, args: EntryArguments, context) => {
    const version = place.version ?? (await context.load.version.load(place.membership.versionId));
    return version ? listEntries(context, version, args) : null;
  },
};

export const versionTypes: Resolvers = { Artifact: artifact, ArtifactCollectionMembership: membership };

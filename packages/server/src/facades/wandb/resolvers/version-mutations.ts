import { RegistryError } from '../../../domain/registry-error.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { requireId, versionNode } from './nodes.ts';

interface AliasInput {
  artifactCollectionName: string;
  alias: string;
}

interface TagInput {
  tagName: string;
}

interface CreateArtifactInput {
  entityName: string;
  projectName: string;
  artifactTypeName: string;
  artifactCollectionName?: string | null;
  artifactCollectionNames?: string[] | null;
  runName?: string | null;
  description?: string | null;
  digest: string;
  digestAlgorithm?: string | null;
  aliases?: AliasInput[] | null;
  tags?: TagInput[] | null;
  metadata?: string | null;
  historyStep?: number | null;
  distributedID?: string | null;
  clientID?: string | null;
  sequenceClientID?: string | null;
  ttlDurationSeconds?: number | null;
  storageRegion?: string | null;
}

interface UpdateArtifactInput {
  artifactID: string;
  description?: string | null;
  metadata?: string | null;
  ttlDurationSeconds?: number | null;
  aliases?: AliasInput[] | null;
  tagsToAdd?: TagInput[] | null;
  tagsToDelete?: TagInput[] | null;
}

interface UseArtifactInput {
  entityName: string;
  projectName: string;
  runName: string;
  artifactID: string;
  artifactEntityName?: string | null;
  artifactProjectName?: string | null;
}

export const versionMutations: Fields<undefined> = {
  createArtifact: async (_source, { input }: { input: CreateArtifactInput }, context) => {
    const name = collectionNameOf(input);
    requireKnownRegion(input.storageRegion);
    if (input.digestAlgorithm && input.digestAlgorithm !== 'MANIFEST_MD5') {
      throw new RegistryError(
        'NOT_SUPPORTED',
        `The digest algorithm ${input.digestAlgorithm} is not supported; use MANIFEST_MD5.`,
      );
    }
    const { version } = await context.services.versions.begin(context.caller, {
      entity: input.entityName || context.caller.principal.defaultEntity,
      project: input.projectName,
      type: input.artifactTypeName,
      name,
      digest: input.digest,
      run: input.runName || null,
      aliases: (input.aliases ?? []).filter(one => one.artifactCollectionName === name).map(({ alias }) => alias),
      tags: (input.tags ?? []).map(({ tagName }) => tagName),
      description: input.description ?? null,
      metadata: input.metadata ?? null,
      ttlSeconds: ttlSeconds(input.ttlDurationSeconds) ?? null,
      historyStep: input.historyStep ?? null,
      clientId: input.clientID || null,
      sequenceClientId: input.sequenceClientID || null,
      distributedId: input.distributedID || null,
    });
    return { artifact: await versionNode(context, version.id) };
  },
  createArtifactType: async (
    _source,
    { input }: { input: { name: string; entityName: string; projectName: string } },
    { caller, services },
  ) => {
    const found = await services.projects.ensure(caller, input.entityName, input.projectName, 'version.log');
    const known = await services.collections.findType(found, input.name);
    // A type exists as soon as something has it; saying so before changes nothing.
    return {
      artifactType: {
        found,
        id: known?.id ?? found.project.id,
        name: input.name,
        createdAt: known?.createdAt ?? found.project.createdAt,
      },
    };
  },
  commitArtifact: async (_source, { input }: { input: { artifactID: string } }, context) => {
    const id = requireId('Artifact', input.artifactID, 'artifact version');
    const committed = await context.services.commits.commit(context.caller, id);
    return { artifact: await versionNode(context, committed.id) };
  },
  updateArtifact: async (_source, { input }: { input: UpdateArtifactInput }, context) => {
    const id = requireId('Artifact', input.artifactID, 'artifact version');
    const { version } = await context.services.versionAccess.get(context.caller, id, 'version.edit');
    await context.services.versions.update(context.caller, version.id, {
      description: input.description ?? undefined,
      metadata: changedText(version.metadata, input.metadata),
      ttlSeconds: ttlSeconds(input.ttlDurationSeconds),
      addTags: input.tagsToAdd?.map(({ tagName }) => tagName),
      removeTags: input.tagsToDelete?.map(({ tagName }) => tagName),
    });
    if (input.aliases) await replaceAliases(context, version.id, version.collectionId, input.aliases);
    return { artifact: await versionNode(context, version.id) };
  },
  deleteArtifact: async (
    _source,
    { input }: { input: { artifactID: string; deleteAliases?: boolean | null } },
    { caller, services },
  ) => {
    const id = requireId('Artifact', input.artifactID, 'artifact version');
    const withAliases = input.deleteAliases === true;
    const version = await services.removals.deleteVersion(caller, id, { withAliases, dropLinks: withAliases });
    const through = await services.access.projectById(caller, version.projectId, 'project.read');
    return { artifact: { version, through, atSource: true } };
  },
  useArtifact: async (_source, { input }: { input: UseArtifactInput }, context) => {
    const { caller, services } = context;
    const id = requireId('Artifact', input.artifactID, 'artifact version');
    const run = await services.runs.get(caller, input.entityName, input.projectName, input.runName);
    const places = await services.versionDetails.places(caller, [id]);
    const through = (places.get(id) ?? []).find(
      ({ project, collection }) =>
        collection.kind === 'registered_model' &&
        project.name === input.artifactProjectName &&
        project.entityName === input.artifactEntityName,
    );
    const version = await services.lineage.use(caller, run, id, through?.collection.id ?? null);
    return { artifact: await versionNode(context, version.id) };
  },
};

function collectionNameOf({ artifactCollectionName, artifactCollectionNames }: CreateArtifactInput): string {
  const names = artifactCollectionName ? [artifactCollectionName] : (artifactCollectionNames ?? []);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new RegistryError(
      'INVALID_INPUT',
      'A version is logged to exactly one artifact: give one artifactCollectionName.',
    );
  }
  return name;
}

/** All bytes are in one place here. */
function requireKnownRegion(region: string | null | undefined): void {
  if (!region || region === 'default') return;
  throw new RegistryError(
    'INVALID_INPUT',
    `The storage region "${region.slice(0, 100)}" does not exist on this server; leave it out.`,
  );
}

/** On the wire −1 inherits what the project has and −2 is none, which here is the same; undefined leaves it. */
function ttlSeconds(seconds: number | null | undefined): number | null | undefined {
  if (seconds === null || seconds === undefined) return undefined;
  if (seconds === -1 || seconds === -2) return null;
  if (seconds > 0) return seconds;
  throw new RegistryError('INVALID_INPUT', 'The time to live must be a positive number of seconds.');
}

/** The client sends the metadata with every change of anything; only another text is a change. */
function changedText(current: string | null, sent: string | null | undefined): string | undefined {
  if (sent === null || sent === undefined || sent === (current ?? '{}')) return undefined;
  return sent;
}

/** What older clients send: the aliases that a version has in its own artifact from now on. */
async function replaceAliases(
  { caller, services }: RequestContext,
  versionId: number,
  collectionId: number,
  aliases: AliasInput[],
): Promise<void> {
  const home = await services.collections.getById(caller, collectionId);
  const place = await services.versionDetails.placeIn(home, versionId);
  if (!place) return;
  const wanted = aliases.filter(one => one.artifactCollectionName === home.collection.name).map(({ alias }) => alias);
  const current = (await services.versionDetails.aliases([place])).get(place.membership.id) ?? [];
  const gone = current.map(({ alias }) => alias).filter(alias => !wanted.includes(alias));
  if (wanted.length > 0) await services.collections.setAliases(caller, home, wanted, place.membership);
  if (gone.length > 0) await services.collections.removeAliases(caller, home, gone, { from: place.membership });
}

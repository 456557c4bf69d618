import { registryPrefix } from '../../../domain/projects.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { requirePlace } from '../../../services/version-details.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { orNull, requireId } from './nodes.ts';

interface LinkInput {
  artifactPortfolioName?: string | null;
  artifactPortfolioID?: string | null;
  entityName?: string | null;
  projectName?: string | null;
  aliases?: { alias: string }[] | null;
  artifactID?: string | null;
  clientID?: string | null;
}

interface AliasesInput {
  artifactID: string;
  aliases: { entityName: string; projectName: string; artifactCollectionName: string; alias: string }[];
}

export const linkMutations: Fields<undefined> = {
  linkArtifact: async (_source, { input }: { input: LinkInput }, context) => {
    const { caller, services } = context;
    const versionId = await versionOf(context, input);
    const target = await targetOf(context, input);
    const aliases = (input.aliases ?? []).map(({ alias }) => alias);
    const { membership, collection, through } = await services.links.link(caller, versionId, target, aliases);
    const artifactMembership = { ...through, collection, membership };
    return { versionIndex: membership.number, artifactMembership };
  },
  unlinkArtifact: async (
    _source,
    { input }: { input: { artifactID: string; artifactPortfolioID: string } },
    { caller, services },
  ) => {
    const versionId = requireId('Artifact', input.artifactID, 'artifact version');
    const found = await services.collections.getById(
      caller,
      requireId('ArtifactCollection', input.artifactPortfolioID, 'registered model'),
    );
    if (!(await services.links.unlink(caller, found, versionId))) {
      throw new RegistryError('NOT_FOUND', `The version is not linked to "${found.collection.name}" (any more).`);
    }
    return { success: true };
  },
  addAliases: async (_source, { input }: { input: AliasesInput }, { caller, services }) => {
    const versionId = requireId('Artifact', input.artifactID, 'artifact version');
    for (const { entityName, projectName, name, aliases } of byCollection(input)) {
      const found = await services.collections.get(caller, entityName, projectName, name);
      const { membership } = requirePlace(await services.versionDetails.placeIn(found, versionId), found);
      await services.collections.setAliases(caller, found, aliases, membership);
    }
    return { success: true };
  },
  deleteAliases: async (_source, { input }: { input: AliasesInput }, { caller, services }) => {
    const versionId = requireId('Artifact', input.artifactID, 'artifact version');
    for (const { entityName, projectName, name, aliases } of byCollection(input)) {
      const found = await services.collections.get(caller, entityName, projectName, name);
      const { membership } = requirePlace(await services.versionDetails.placeIn(found, versionId), found);
      await services.collections.removeAliases(caller, found, aliases, { from: membership });
    }
    return { success: true };
  },
};

/** The version by its id, or by the one the client gave it, before it knew ours. */
async function versionOf({ caller, services }: RequestContext, { artifactID, clientID }: LinkInput): Promise<number> {
  if (artifactID) return requireId('Artifact', artifactID, 'artifact version');
  const known = clientID ? await services.versionDetails.byClientId(caller, clientID) : undefined;
  if (known?.kind === 'version') return known.id;
  throw new RegistryError('NOT_FOUND', 'There is no such artifact version, or you may not see it.');
}

async function targetOf(
  { caller, services }: RequestContext,
  input: LinkInput,
): Promise<{ entity: string; project: string; name: string }> {
  if (input.artifactPortfolioID) {
    const found = await services.collections.getById(
      caller,
      requireId('ArtifactCollection', input.artifactPortfolioID, 'registered model'),
    );
    return { entity: found.project.entityName, project: found.project.name, name: found.collection.name };
  }
  const entity = input.entityName || caller.principal.defaultEntity;
  const project = input.projectName ?? '';
  const name = input.artifactPortfolioName ?? '';
  if (!project.startsWith(registryPrefix)) return { entity, project, name };
  // An organization may be named as people read it; where there is no such registry, linking says so.
  const direct = await services.access.findProject(caller, entity, project);
  const found = direct ?? (await orNull(services.registries.get(caller, entity, project)));
  return { entity: found?.project.entityName ?? entity, project: found?.project.name ?? project, name };
}

interface AliasGroup {
  entityName: string;
  projectName: string;
  name: string;
  aliases: string[];
}

function byCollection({ aliases }: AliasesInput): AliasGroup[] {
  const groups = Map.groupBy(aliases, one =>
    JSON.stringify([one.entityName, one.projectName, one.artifactCollectionName]),
  );
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (!first) return [];
    const { entityName, projectName, artifactCollectionName } = first;
    return [{ entityName, projectName, name: artifactCollectionName, aliases: group.map(({ alias }) => alias) }];
  });
}

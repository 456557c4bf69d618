import type { AccessibleCollection } from '../../../services/collections.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { requireKind, tagNode } from './collections.ts';
import { requireId } from './nodes.ts';

interface TagsInput {
  entityName: string;
  projectName: string;
  artifactCollectionName: string;
  tags: { tagName: string }[];
}

type Kind = 'artifact' | 'registered_model';

async function byId({ caller, services }: RequestContext, id: string, kind: Kind): Promise<AccessibleCollection> {
  const number = requireId('ArtifactCollection', id, kind === 'artifact' ? 'artifact' : 'registered model');
  return requireKind(await services.collections.getById(caller, number), kind);
}

async function update(
  context: RequestContext,
  id: string,
  kind: Kind,
  changes: { name?: string | null; description?: string | null; type?: string },
) {
  const found = await byId(context, id, kind);
  const collection = await context.services.collections.update(context.caller, found, {
    name: changes.name ?? undefined,
    description: changes.description ?? undefined,
    type: changes.type,
  });
  return { artifactCollection: { ...found, collection } };
}

async function remove(context: RequestContext, id: string, kind: Kind) {
  const found = await byId(context, id, kind);
  // The client deletes a collection with all that is in it; links elsewhere go with their versions.
  await context.services.removals.deleteCollection(context.caller, found, { dropLinks: true });
  return { artifactCollection: { ...found, deleted: true } };
}

export const collectionMutations: Fields<undefined> = {
  updateArtifactSequence: (
    _source,
    { input }: { input: { artifactSequenceID: string; name?: string | null; description?: string | null } },
    context,
  ) => update(context, input.artifactSequenceID, 'artifact', input),
  updateArtifactPortfolio: (
    _source,
    { input }: { input: { artifactPortfolioID: string; name?: string | null; description?: string | null } },
    context,
  ) => update(context, input.artifactPortfolioID, 'registered_model', input),
  moveArtifactSequence: (
    _source,
    { input }: { input: { artifactSequenceID: string; destinationArtifactTypeName: string } },
    context,
  ) => update(context, input.artifactSequenceID, 'artifact', { type: input.destinationArtifactTypeName }),
  deleteArtifactSequence: (_source, { input }: { input: { artifactSequenceID: string } }, context) =>
    remove(context, input.artifactSequenceID, 'artifact'),
  deleteArtifactPortfolio: (_source, { input }: { input: { artifactPortfolioID: string } }, context) =>
    remove(context, input.artifactPortfolioID, 'registered_model'),
  createArtifactCollectionTagAssignments: async (_source, { input }: { input: TagsInput }, { caller, services }) => {
    const found = await services.collections.get(
      caller,
      input.entityName,
      input.projectName,
      input.artifactCollectionName,
    );
    const tags = await services.collections.editTags(
      caller,
      found,
      input.tags.map(({ tagName }) => tagName),
      [],
    );
    return { tags: tags.map(name => tagNode(found.collection.id, name)) };
  },
  deleteArtifactCollectionTagAssignments: async (_source, { input }: { input: TagsInput }, { caller, services }) => {
    const found = await services.collections.get(
      caller,
      input.entityName,
      input.projectName,
      input.artifactCollectionName,
    );
    await services.collections.editTags(
      caller,
      found,
      [],
      input.tags.map(({ tagName }) => tagName),
    );
    return { success: true };
  },
};

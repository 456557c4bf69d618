import type { CollectionOrder as ContractOrder } from '@weighhouse/contract';
import type { Collection, CollectionKind } from '../../../domain/collections.ts';
import { isRegistry } from '../../../domain/projects.ts';
import type { CollectionOrder } from '../../../ports/metadata/collections.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { Caller } from '../../../services/caller.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import type { Services } from '../../../services/services.ts';
import type { Call, GroupHandlers } from '../call.ts';
import { artifactFinder, type CollectionFinder, modelFinder } from '../collection-finder.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { renderArtifact, renderModel, type ShownCollection } from '../render/collection.ts';

const orders: Record<ContractOrder, CollectionOrder> = {
  name: 'name',
  '-name': '-name',
  createdAt: 'created_at',
  '-createdAt': '-created_at',
  updatedAt: 'updated_at',
  '-updatedAt': '-updated_at',
};

export function artifactHandlers(services: Services): GroupHandlers<'artifacts'> {
  return {
    ...collectionHandlers(services, artifactFinder(services), 'artifact', renderArtifact),
    create: createArtifact(services),
  };
}

export function modelHandlers(services: Services): GroupHandlers<'models'> {
  return collectionHandlers(services, modelFinder(services), 'registered_model', renderModel);
}

type ListQuery = Parameters<GroupHandlers<'models'>['list']>[0]['query'];
type NewCollection = Parameters<GroupHandlers<'models'>['create']>[0]['body'];
type Changes = Parameters<GroupHandlers<'models'>['update']>[0]['body'];

function collectionHandlers<Params extends { name: string }, Resource>(
  services: Services,
  find: CollectionFinder<Params>,
  kind: CollectionKind,
  render: (shown: ShownCollection) => Resource,
) {
  const { collections, versionDetails } = services;
  const one = async (caller: Caller, found: AccessibleCollection) => {
    const [shown] = await show(services, caller, found, [found.collection]);
    return render({ ...(shown as ShownCollection), versionCount: await versionDetails.count(found) });
  };
  return {
    list: async ({ caller, params, query }: Call<Omit<Params, 'name'>, ListQuery>) => {
      const home = await find.home(caller, params);
      const list = `${kind}s ${query.order}`;
      // A registry holds registered models only, a project either.
      const filter = {
        kind: isRegistry(home.project) ? kind : undefined,
        type: query.type,
        tags: query.tag,
        nameContains: query.name,
      };
      const page = await collections.list(home, filter, orders[query.order], pageRequest(list, query));
      return renderPage(list, { ...page, items: await show(services, caller, home, page.items) }, render);
    },
    create: async ({ caller, params, body }: Call<Omit<Params, 'name'>, unknown, NewCollection>) => {
      const home = await find.home(caller, params);
      return one(caller, { ...home, collection: await collections.create(caller, home, { ...body, kind }) });
    },
    get: async ({ caller, params }: Call<Params>) => one(caller, await find.collection(caller, params)),
    update: async ({ caller, params, body }: Call<Params, unknown, Changes>) => {
      const found = await find.collection(caller, params);
      return one(caller, { ...found, collection: await collections.update(caller, found, body) });
    },
    delete: async ({ caller, params, query }: Call<Params, { force: boolean }>) => {
      await services.removals.deleteCollection(caller, await find.collection(caller, params), {
        dropLinks: query.force,
      });
    },
    tag: async ({ caller, params }: Call<Params & { tag: string }>) => ({
      tags: await collections.editTags(caller, await find.collection(caller, params), [params.tag], []),
    }),
    untag: async ({ caller, params }: Call<Params & { tag: string }>) => ({
      tags: await collections.editTags(caller, await find.collection(caller, params), [], [params.tag]),
    }),
  };
}

/** Creating an artifact makes its project, as logging a version does. */
function createArtifact(services: Services): GroupHandlers<'artifacts'>['create'] {
  const { collections, projects } = services;
  return async ({ caller, params, body }) => {
    const home = await projects.ensure(caller, params.entity, params.project, 'collection.create');
    const collection = await collections.create(caller, home, { ...body, kind: 'artifact' });
    const [shown] = await show(services, caller, home, [collection]);
    return renderArtifact({ ...(shown as ShownCollection), versionCount: 0 });
  };
}

async function show(
  { collections, directory }: Services,
  caller: Caller,
  home: AccessibleProject,
  items: Collection[],
): Promise<ShownCollection[]> {
  const tags = await collections.tags(items.map(({ id }) => id));
  const names = await directory.names(
    items.map(({ createdBy }) => createdBy),
    caller,
  );
  return items.map(collection => ({
    project: home.project,
    collection,
    tags: tags.get(collection.id) ?? [],
    createdBy: names.get(collection.createdBy ?? 0) ?? null,
  }));
}

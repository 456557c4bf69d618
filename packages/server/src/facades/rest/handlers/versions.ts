import { parseSelector } from '../../../domain/addresses.ts';
import { versionPath } from '../../../domain/paths.ts';
import type { Caller } from '../../../services/caller.ts';
import type { Services } from '../../../services/services.ts';
import type { Call, GroupHandlers } from '../call.ts';
import type { CollectionFinder } from '../collection-finder.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { renderRunReference } from '../render/run.ts';
import { renderVersion, renderVersionFile } from '../render/version.ts';
import { sendFile } from '../send-file.ts';
import { showRuns } from '../show-runs.ts';
import { renderOneVersion, renderShown, showVersions } from '../show-versions.ts';

type ListQuery = Parameters<GroupHandlers<'modelVersions'>['list']>[0]['query'];
type FilesQuery = Parameters<GroupHandlers<'modelVersions'>['files']>[0]['query'];
type UseBody = Parameters<GroupHandlers<'modelVersions'>['use']>[0]['body'];
interface OfVersion {
  name: string;
  version: string;
}

const maxWithMetadata = 100;

/** The version that a path names, by number or alias, where it stands. */
export function versionFinder<Params extends { name: string }>(
  { addresses }: Services,
  find: CollectionFinder<Params>,
) {
  return async (caller: Caller, params: Params & { version: string }) =>
    addresses.selectOrFail(await find.collection(caller, params), parseSelector(params.version));
}

/** Reading versions: the same in an artifact and through the links of a registered model. */
export function readHandlers<Params extends { name: string }>(services: Services, find: CollectionFinder<Params>) {
  const { addresses, versions, runs, lineage } = services;
  const select = versionFinder(services, find);
  return {
    list: async ({ caller, params, query }: Call<Params, ListQuery>) => {
      const found = await find.collection(caller, params);
      const list = `versions ${query.order}`;
      const metadata = query.include === 'metadata';
      const limit = metadata ? Math.min(query.limit, maxWithMetadata) : query.limit;
      const page = await versions.list(found, pageRequest(list, { ...query, limit }), query.order);
      const items = await showVersions(services, caller, found, page.items);
      return renderPage(list, { ...page, items }, one => renderVersion(one, { metadata }));
    },
    get: async ({ caller, params }: Call<Params & OfVersion>) =>
      renderShown(
        await addresses.showWithin(caller, await find.home(caller, params), params.name, parseSelector(params.version)),
      ),
    ...fileHandlers(services, find),
    lineage: async ({ caller, params, query }: Call<Params & OfVersion, { limit: number; cursor?: string }>) => {
      const { version } = await select(caller, params);
      const used = await lineage.usedBy(caller, version.id, pageRequest('uses', query));
      const { items, nextCursor } = renderPage(
        'uses',
        { ...used, items: await showRuns(services, caller, used.items) },
        one => one,
      );
      return {
        loggedBy: await showRuns(services, caller, await lineage.loggedBy(caller, version.id)),
        usedBy: items,
        nextCursor,
      };
    },
    use: async ({ caller, params, body }: Call<Params & OfVersion, unknown, UseBody>) => {
      const { version, collection } = await select(caller, params);
      const run = await runs.get(caller, body.run.entity, body.run.project, body.run.name);
      const through = collection.kind === 'registered_model' ? collection.id : null;
      await lineage.use(caller, run, version.id, through);
      return renderRunReference(run.run, run.project);
    },
  };
}

function fileHandlers<Params extends { name: string }>(services: Services, find: CollectionFinder<Params>) {
  const { versionFiles } = services;
  const select = versionFinder(services, find);
  return {
    files: async ({ caller, params, query }: Call<Params & OfVersion, FilesQuery>) => {
      const { version } = await select(caller, params);
      const list = `files ${version.id}`;
      const page = await versionFiles.list(caller, version.id, pageRequest(list, query), { prefix: query.prefix });
      return renderPage(list, page, renderVersionFile);
    },
    download: async ({ caller, params, request, reply }: Call<Params & OfVersion & { path: string }>) => {
      const { version } = await select(caller, params);
      const { blob } = await versionFiles.file(caller, version.id, versionPath(params.path));
      const subject = {
        sha256: blob.sha256 ?? `md5-${blob.md5}`,
        size: blob.size,
        fileName: params.path,
        immutable: parseSelector(params.version).kind === 'number',
      };
      return sendFile(request, reply, subject, versionFiles, blob);
    },
  };
}

/** Links a version into a registry and shows it as it stands there. */
export async function linkVersion(
  services: Services,
  { caller, reply }: Pick<Call<unknown>, 'caller' | 'reply'>,
  versionId: number,
  target: { organization: string; registry: string; name: string },
  aliases: string[],
) {
  const registry = await services.registries.get(caller, target.organization, target.registry);
  const link = await services.links.linkWithin(caller, versionId, registry, target.name, aliases);
  if (!link.created) reply.code(200);
  const { membership, version, collection, through } = link;
  return renderOneVersion(services, caller, { ...through, collection, membership, version });
}

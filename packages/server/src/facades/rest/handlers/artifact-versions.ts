import type { Caller } from '../../../services/caller.ts';
import type { NewLink } from '../../../services/links.ts';
import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { type ArtifactParams, artifactFinder } from '../collection-finder.ts';
import { wholePage } from '../cursor.ts';
import { renderPlace } from '../render/version.ts';
import { renderOneVersion, renderShown } from '../show-versions.ts';
import { linkVersion, readHandlers, versionFinder } from './versions.ts';

type Group = GroupHandlers<'artifactVersions'>;

export function artifactVersionHandlers(services: Services): Group {
  return {
    ...readHandlers(services, artifactFinder(services)),
    create: createVersion(services),
    ...editHandlers(services),
    ...linkHandlers(services),
  };
}

function createVersion(services: Services): Group['create'] {
  const { wholeVersions, registries } = services;
  return async ({ caller, params, body, reply }) => {
    const {
      files,
      references,
      metadata,
      description = null,
      ttlSeconds = null,
      run = null,
      type,
      aliases,
      tags,
    } = body;
    const links: NewLink[] = [];
    for (const { organization, registry, model, ...link } of body.links)
      links.push({ through: await registries.get(caller, organization, registry), name: model, ...link });
    const draft = {
      ...{ entity: params.entity, project: params.project, name: params.name },
      ...{ type, aliases, tags, description, ttlSeconds, run },
      metadata: metadata === undefined ? null : JSON.stringify(metadata),
      historyStep: null,
      ...{ files, references, links },
    };
    const { found, beside, ...made } = await wholeVersions.create(caller, draft);
    if (!made.created) reply.code(200);
    const places = made.links.map(({ through, ...link }) => renderPlace({ ...through, ...link }));
    return { ...renderShown({ ...found, ...made, ...beside, source: undefined }), links: places };
  };
}

function editHandlers(services: Services): Pick<Group, 'update' | 'delete' | 'tag' | 'untag'> {
  const { versions, versionDetails } = services;
  const select = versionFinder(services, artifactFinder(services));
  const editTags = async (
    caller: Caller,
    params: ArtifactParams & { version: string },
    tags: { addTags?: string[]; removeTags?: string[] },
  ) => {
    const found = await select(caller, params);
    await versions.update(caller, found.version.id, tags);
    const shown = { version: found.version, through: found, atSource: true };
    return { tags: (await versionDetails.tags([shown])).get(found.version.id) ?? [] };
  };
  return {
    update: async ({ caller, params, body: { description, metadata, ttlSeconds } }) => {
      const found = await select(caller, params);
      const changes = {
        description,
        ttlSeconds,
        metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
      };
      return renderOneVersion(services, caller, {
        ...found,
        version: await versions.update(caller, found.version.id, changes),
      });
    },
    delete: async ({ caller, params, query: { force } }) => {
      const found = await select(caller, params);
      // A project can hold registered models, too; there, deleting is unlinking.
      if (found.collection.kind === 'registered_model') await services.links.unlink(caller, found, found.version.id);
      else await services.removals.deleteVersion(caller, found.version.id, { withAliases: force, dropLinks: force });
    },
    tag: async ({ caller, params }) => editTags(caller, params, { addTags: [params.tag] }),
    untag: async ({ caller, params }) => editTags(caller, params, { removeTags: [params.tag] }),
  };
}

function linkHandlers(services: Services): Pick<Group, 'links' | 'link'> {
  const select = versionFinder(services, artifactFinder(services));
  return {
    links: async ({ caller, params }) => {
      const { version } = await select(caller, params);
      const places = (await services.versionDetails.places(caller, [version.id])).get(version.id) ?? [];
      return wholePage(places.filter(({ collection }) => collection.id !== version.collectionId).map(renderPlace));
    },
    link: async call => {
      const { organization, registry, model, aliases } = call.body;
      const { version } = await select(call.caller, call.params);
      return linkVersion(services, call, version.id, { organization, registry, name: model }, aliases);
    },
  };
}

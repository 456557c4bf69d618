import { parseSelector } from '../../../domain/addresses.ts';
import type { Alias } from '../../../domain/collections.ts';
import { shown } from '../../../domain/names.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { AccessibleCollection } from '../../../services/collections.ts';
import type { Services } from '../../../services/services.ts';
import type { Call, GroupHandlers } from '../call.ts';
import { artifactFinder, type CollectionFinder, modelFinder } from '../collection-finder.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { expectedRevision, revisionTag } from '../preconditions.ts';
import { renderAlias, renderAliasMove } from '../render/alias.ts';

export function artifactAliasHandlers(services: Services): GroupHandlers<'artifactAliases'> {
  return aliasHandlers(services, artifactFinder(services));
}

export function modelAliasHandlers(services: Services): GroupHandlers<'modelAliases'> {
  return aliasHandlers(services, modelFinder(services));
}

interface PageQuery {
  limit: number;
  cursor?: string;
}

function aliasHandlers<Params extends { name: string }>(services: Services, find: CollectionFinder<Params>) {
  const { collections } = services;
  type OfAlias = Params & { alias: string };
  return {
    list: async ({ caller, params, query }: Call<Params, PageQuery>) => {
      const found = await find.collection(caller, params);
      const page = await collections.listAliases(found, pageRequest('aliases', query));
      const numbers = await collections.numbersOf(found, page.items);
      return renderPage('aliases', page, alias => renderAlias(alias, numbers.get(alias.alias) ?? 0));
    },
    get: async ({ caller, params, request, reply }: Call<OfAlias>) => {
      const found = await find.collection(caller, params);
      const alias = await getAlias(services, found, params.alias);
      const tag = revisionTag(alias.revision);
      reply.header('ETag', tag).header('Cache-Control', 'private, no-cache');
      if (request.headers['if-none-match']?.split(',').some(known => known.trim() === tag)) reply.code(304);
      return renderAlias(alias, (await collections.numbersOf(found, [alias])).get(alias.alias) ?? 0);
    },
    ...changeHandlers(services, find),
    history: async ({ caller, params, query }: Call<OfAlias, PageQuery>) => {
      const found = await find.collection(caller, params);
      const list = `moves of ${params.alias}`;
      return renderPage(
        list,
        await collections.listAliasMoves(found, pageRequest(list, query), params.alias),
        renderAliasMove,
      );
    },
    allHistory: async ({ caller, params, query }: Call<Params, PageQuery>) => {
      const found = await find.collection(caller, params);
      return renderPage('moves', await collections.listAliasMoves(found, pageRequest('moves', query)), renderAliasMove);
    },
  };
}

function changeHandlers<Params extends { name: string }>(services: Services, find: CollectionFinder<Params>) {
  const { collections, addresses } = services;
  type Setting = { version: string; reason?: string | null };
  return {
    set: async ({ caller, params, body, request, reply }: Call<Params & { alias: string }, unknown, Setting>) => {
      const found = await find.collection(caller, params);
      const before = await collections.findAlias(found, params.alias);
      const { membership } = await addresses.selectOrFail(found, parseSelector(body.version));
      const options = { expectedRevision: expectedRevision(request.headers, before), reason: body.reason };
      const alias = await collections.setAlias(caller, found, params.alias, membership, options);
      if (!before) reply.code(201);
      reply.header('ETag', revisionTag(alias.revision));
      return renderAlias(alias, membership.number);
    },
    remove: async ({ caller, params, request }: Call<Params & { alias: string }>) => {
      const found = await find.collection(caller, params);
      const alias = await collections.findAlias(found, params.alias);
      const revision = expectedRevision(request.headers, alias);
      const removed = await collections.removeAliases(caller, found, [params.alias], { expectedRevision: revision });
      if (removed.length === 0) throw noAlias(params.alias);
    },
  };
}

async function getAlias({ collections }: Services, found: AccessibleCollection, name: string): Promise<Alias> {
  const alias = await collections.findAlias(found, name);
  if (!alias) throw noAlias(name);
  return alias;
}

function noAlias(name: string): RegistryError {
  return new RegistryError('NOT_FOUND', `The alias "${shown(name)}" is not set.`);
}

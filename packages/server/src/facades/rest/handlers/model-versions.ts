import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { modelFinder } from '../collection-finder.ts';
import { readId } from '../ids.ts';
import { renderShown } from '../show-versions.ts';
import { linkVersion, readHandlers, versionFinder } from './versions.ts';

export function modelVersionHandlers(services: Services): GroupHandlers<'modelVersions'> {
  const { addresses, links } = services;
  const select = versionFinder(services, modelFinder(services));
  return {
    ...readHandlers(services, modelFinder(services)),
    link: async call => {
      const { version, aliases } = call.body;
      const isId = /^\d+$/.test(version);
      const id = isId ? readId(version, 'version') : (await addresses.resolve(call.caller, version)).version.id;
      return linkVersion(services, call, id, call.params, aliases);
    },
    unlink: async ({ caller, params }) => {
      const found = await select(caller, params);
      await links.unlink(caller, found, found.version.id);
    },
  };
}

export function addressHandlers(services: Services): GroupHandlers<'addresses'> {
  return {
    resolve: async ({ caller, query: { address, ...defaults } }) =>
      renderShown(await services.addresses.show(caller, address, defaults)),
  };
}

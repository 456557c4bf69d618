import { type Address, parseAddress, type Selector } from '../domain/addresses.ts';
import type { Collection, Membership } from '../domain/collections.ts';
import { normalizeName, shown } from '../domain/names.ts';
import { legacyRegistryProject } from '../domain/projects.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { PlaceInCollection, ShownPlace } from '../ports/metadata/collections.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Access, AccessibleProject } from './access.ts';
import type { Caller } from './caller.ts';
import type { AccessibleCollection, Collections } from './collections.ts';
import { organizationIds } from './entities.ts';

export const defaultProject = 'uncategorized';

/** What an address stands for at this moment. */
export interface Resolved extends AccessibleProject {
  collection: Collection;
  membership: Membership;
  version: Version;
}

/** The same with what is shown beside it; without the source where the caller may not see that. */
export interface Shown extends Resolved, Omit<ShownPlace, 'source'> {
  source: { collection: Collection; project: AccessibleProject } | undefined;
}

/** Where an address names none. */
interface Defaults {
  entity?: string;
  project?: string;
}

/** Finds what an address stands for, in every form that `domain/addresses.ts` reads. */
export class Addresses {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #collections: Collections;

  constructor(store: MetadataStore, access: Access, collections: Collections) {
    this.#store = store;
    this.#access = access;
    this.#collections = collections;
  }

  /** @throws RegistryError `INVALID_ADDRESS`, `AMBIGUOUS_ADDRESS`, `NOT_FOUND` */
  async resolve(caller: Caller, text: string, defaults: Defaults = {}): Promise<Resolved> {
    const address = parseAddress(text);
    const found = await this.#project(caller, address, defaults);
    const collection = await this.#collections.within(found, address.collection);
    const resolved = await this.select(collection, address.selector);
    if (!resolved) throw notThere(collection, address.selector);
    return resolved;
  }

  /** The same with what is shown beside the version. */
  async show(caller: Caller, text: string, defaults: Defaults = {}): Promise<Shown> {
    const address = parseAddress(text);
    const named = await this.#findNamed(caller, address, defaults);
    if (named) return named;
    // perhaps by old names, or in several places; if not, it is told here what is missing
    const found = await this.#project(caller, address, defaults);
    return this.showWithin(caller, found, address.collection, address.selector);
  }

  /** The version a selector stands for in a collection of a project, with what is shown beside it. */
  async showWithin(caller: Caller, found: AccessibleProject, name: string, selector: Selector): Promise<Shown> {
    const place = { projectId: found.project.id, name: normalizeName(name), selector };
    const shown = await this.#find(place);
    if (shown) return { ...found, ...shown, source: await this.#accessible(caller, shown) };
    // perhaps an old name; if not, it is told here what is missing
    const collection = await this.#collections.within(found, name);
    const renamed = await this.#find({ ...place, name: collection.collection.name });
    if (!renamed) throw notThere(collection, selector);
    return { ...found, ...renamed, source: await this.#accessible(caller, renamed) };
  }

  /** What an address stands for by the names that all have now, in one statement; undefined does not mean that there is none. */
  async #findNamed(caller: Caller, address: Address, defaults: Defaults): Promise<Shown | undefined> {
    const { inRegistry, selector } = address;
    // without an owner a registry is looked for in all of the caller's organizations
    if (inRegistry && address.owner === undefined) return undefined;
    const owner = address.owner ?? defaults.entity ?? caller.principal.defaultEntity;
    const place = await this.#store.read.collections.findNamedPlace({
      owner: inRegistry ? owner : normalizeName(owner),
      inRegistry,
      project: normalizeName(projectOf(address, defaults)),
      name: normalizeName(address.collection),
      selector,
    });
    if (place?.version.state !== 'committed') return undefined;
    if (inRegistry && !isOrganizationOf(caller, place.project.entityId)) return undefined;
    const found = await this.#access.findAccessible(caller, place.project);
    return found && { ...place, ...found, source: await this.#accessible(caller, place) };
  }

  async #find(place: PlaceInCollection): Promise<ShownPlace | undefined> {
    const shown = await this.#store.read.collections.findShownPlace(place);
    return shown?.version.state === 'committed' ? shown : undefined;
  }

  async #accessible(caller: Caller, { source }: ShownPlace): Promise<Shown['source']> {
    const project = source && (await this.#access.findAccessible(caller, source.project));
    return project && { collection: source.collection, project };
  }

  /** The version a selector stands for in a collection; undefined where there is none. */
  async select(found: AccessibleCollection, selector: Selector): Promise<Resolved | undefined> {
    const { collections } = this.#store.read;
    const place =
      selector.kind === 'number'
        ? await collections.findPlaceByNumber(found.collection.id, selector.number)
        : await collections.findPlaceByAlias(found.collection.id, selector.alias);
    return place?.version.state === 'committed' ? { ...found, ...place } : undefined;
  }

  /** Like `select`, with the error a user can act on. */
  async selectOrFail(found: AccessibleCollection, selector: Selector): Promise<Resolved> {
    const resolved = await this.select(found, selector);
    if (!resolved) throw notThere(found, selector);
    return resolved;
  }

  async #project(caller: Caller, address: Address, defaults: Defaults): Promise<AccessibleProject> {
    const project = projectOf(address, defaults);
    if (!address.inRegistry) {
      const owner = address.owner ?? defaults.entity ?? caller.principal.defaultEntity;
      const found = await this.#access.findProject(caller, owner, project);
      if (found) return found;
      const hint = project === legacyRegistryProject ? ' Link a version to it first, or name the entity in front.' : '';
      throw new RegistryError(
        'NOT_FOUND',
        `There is no project "${shown(owner)}/${shown(project)}" that you may see.${hint}`,
      );
    }
    const homes = await this.#registries(caller, address.owner, project);
    const matches = homes.flatMap(({ found }) => (found ? [found] : []));
    if (matches.length > 1) {
      const names = matches.map(one => `${one.project.entityName}/${project}`).join(', ');
      throw new RegistryError(
        'AMBIGUOUS_ADDRESS',
        `"${shown(project)}" exists in several of your organizations: write one of ${names}.`,
      );
    }
    const [only] = matches;
    if (!only)
      throw new RegistryError(
        'NOT_FOUND',
        `There is no registry "${shown(project)}" in ${describe(homes, address.owner)} that you may see.`,
      );
    return only;
  }

  /** The registry in the named organization, or in each of the caller's own. */
  async #registries(
    caller: Caller,
    owner: string | undefined,
    name: string,
  ): Promise<{ organization: string; found: AccessibleProject | undefined }[]> {
    const ids = organizationIds(caller);
    if (owner !== undefined)
      return this.#access.inOrganizations(caller, owner, name, caller.principal.instanceAdmin ? undefined : ids);
    const own = await Promise.all(ids.map(id => this.#store.read.accounts.findEntity(id)));
    const homes: { organization: string; found: AccessibleProject | undefined }[] = [];
    for (const entity of own)
      if (entity)
        homes.push({
          organization: entity.name,
          found: await this.#access.findProject(caller, entity.name, name),
        });
    return homes;
  }
}

function projectOf({ project }: Address, defaults: Defaults): string {
  return project ?? defaults.project ?? defaultProject;
}

/** Whether the caller looks for registries there. */
function isOrganizationOf(caller: Caller, id: number): boolean {
  return caller.principal.instanceAdmin || organizationIds(caller).includes(id);
}

function describe(organizations: { organization: string }[], owner: string | undefined): string {
  if (owner !== undefined) return `the organization "${shown(owner)}"`;
  if (organizations.length === 0) return 'any organization (you belong to none)';
  return organizations.map(({ organization }) => `"${organization}"`).join(' or ');
}

function notThere({ project, collection }: AccessibleCollection, selector: Selector): RegistryError {
  const place = `${project.entityName}/${project.name}/${collection.name}`;
  const what = selector.kind === 'number' ? `version v${selector.number}` : `alias "${shown(selector.alias)}"`;
  return new RegistryError('NOT_FOUND', `"${place}" has no ${what}.`);
}

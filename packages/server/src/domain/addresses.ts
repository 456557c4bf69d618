import { latest } from './aliases.ts';
import { normalizeName, shown } from './names.ts';
import { legacyRegistryProject, registryPrefix } from './projects.ts';
import { RegistryError } from './registry-error.ts';
import { parseVersionLabel } from './versions.ts';

/** Where a name points inside its collection: a version number, or an alias. */
export type Selector = { kind: 'number'; number: number } | { kind: 'alias'; alias: string };

/**
 * An address as typed, before anything is looked up. What is undefined falls back to the reader's defaults; an owner
 * in front of a registry is an organization by name or display name.
 */
export interface Address {
  owner?: string;
  project?: string;
  collection: string;
  selector: Selector;
  /** `wandb-registry-…`: the owner is an organization, inferred where it is not given */
  inRegistry: boolean;
}

/**
 * Reads `[[entity/]project/]name[:alias|:vN]`, `[org/]wandb-registry-<registry>/<registered model>[:…]` and
 * `[entity/]model-registry/<registered model>[:…]`. Everything after the first `:` is the alias; without one it is `latest`.
 * @throws RegistryError `INVALID_ADDRESS`
 */
export function parseAddress(text: string): Address {
  const colon = text.indexOf(':');
  const path = colon < 0 ? text : text.slice(0, colon);
  const selector = parseSelector(colon < 0 ? latest : text.slice(colon + 1));
  const parts = path.split('/').map(normalizeName);
  if (parts.length > 3 || parts.some(part => part === '')) {
    throw new RegistryError(
      'INVALID_ADDRESS',
      `"${shown(text)}" is not an address. Write [[entity/]project/]name:alias, [organization/]${registryPrefix}<registry>/<model>:alias ` +
        `or [entity/]${legacyRegistryProject}/<model>:alias.`,
    );
  }
  const [collection = '', project, owner] = parts.reverse();
  return { owner, project, collection, selector, inRegistry: project?.startsWith(registryPrefix) ?? false };
}

/** The part behind the colon. @throws RegistryError `INVALID_ADDRESS` */
export function parseSelector(text: string): Selector {
  if (text === '')
    throw new RegistryError('INVALID_ADDRESS', 'An address that ends in ":" needs an alias or a version such as v3.');
  const number = parseVersionLabel(text);
  return number === undefined ? { kind: 'alias', alias: normalizeName(text) } : { kind: 'number', number };
}

/** `name:alias` inside a known project, as the wandb client asks for it. */
export function parseCollectionAddress(text: string): { collection: string; selector: Selector } {
  const colon = text.indexOf(':');
  return colon < 0
    ? { collection: normalizeName(text), selector: parseSelector(latest) }
    : { collection: normalizeName(text.slice(0, colon)), selector: parseSelector(text.slice(colon + 1)) };
}

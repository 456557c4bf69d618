import { RegistryError } from './registry-error.ts';

const maxLength = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/;

/** NFC, the form under which names are stored and compared (case-sensitive). */
export function normalizeName(name: string): string {
  return name.normalize('NFC');
}

function requireText(name: unknown, what: string): string {
  if (typeof name !== 'string') throw new RegistryError('INVALID_NAME', `${what} must be text.`);
  if (!name.isWellFormed())
    throw new RegistryError('INVALID_UNICODE', `${what} holds a lone surrogate; send valid Unicode.`);
  const normal = normalizeName(name);
  if (normal === '') throw new RegistryError('INVALID_NAME', `${what} must not be empty.`);
  if ([...normal].length > maxLength) {
    throw new RegistryError('INVALID_NAME', `${what} is longer than ${maxLength} characters; choose a shorter one.`);
  }
  if (controls.test(normal)) throw new RegistryError('INVALID_NAME', `${what} must not hold control characters.`);
  return normal;
}

function refuse(name: string, what: string, pattern: RegExp, signs: string): string {
  if (pattern.test(name))
    throw new RegistryError('INVALID_NAME', `${what} "${shown(name)}" must not hold any of ${signs}`);
  if (name === '.' || name === '..') throw new RegistryError('INVALID_NAME', `${what} must not be "${name}".`);
  return name;
}

/** Name of an artifact or a registered model: anything but `/` and `:`, up to 128 characters. */
export function collectionName(name: unknown, what = 'The artifact name'): string {
  return refuse(requireText(name, what), what, /[/:]/, '/ :');
}

/** Project and registry names: none of `/ \ # ? % :`, up to 128 characters (a registry's prefix included). */
export function projectName(name: unknown, what = 'The project name'): string {
  return refuse(requireText(name, what), what, /[/\\#?%:]/, '/ \\ # ? % :');
}

/** The name in a run's address. The client makes 8 characters of its own; people may set others. */
export function runName(name: unknown): string {
  return refuse(requireText(name, 'The run id'), 'The run id', /[/\\#?%:]/, '/ \\ # ? % :');
}

const entityPattern = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.@+-]*$/u;

/** Words that our own addresses use, so that `/{entity}/{project}` never meets them. The router is checked against it. */
export const reservedEntityNames: ReadonlySet<string> = new Set([
  'admin-console',
  'api',
  'artifacts',
  'artifactsV2',
  'assets',
  'authorize',
  'docs',
  'favicon.ico',
  'files',
  'graphql',
  'health',
  'healthz',
  'livez',
  'login',
  'logout',
  'metrics',
  'oidc',
  'orgs',
  'readyz',
  'registry',
  'robots.txt',
  'sdk',
  'search',
  'service-redirect',
  'settings',
  'signup',
  'static',
  'storage',
  'v2',
  'well-known',
  '.well-known',
]);

/** Name of a user, team or organization: letters, digits, `_ . @ + -`, beginning with a letter, digit or `_`. */
export function entityName(name: unknown, what = 'The name'): string {
  const normal = requireText(name, what);
  if (!entityPattern.test(normal)) {
    throw new RegistryError(
      'INVALID_NAME',
      `${what} "${shown(normal)}" may hold letters, digits and _ . @ + - only, and begins with a letter, a digit or _.`,
    );
  }
  if (reservedEntityNames.has(normal)) {
    throw new RegistryError(
      'NAME_RESERVED',
      `${what} "${normal}" is used by the server's own addresses; choose another.`,
    );
  }
  return normal;
}

/** A title people read, e.g. an organization's display name or a person's name. */
export function displayName(name: unknown, what = 'The display name'): string {
  return requireText(name, what);
}

/** What may be echoed of user input in a message: short and without control characters. */
export function shown(text: string): string {
  const clean = text.replace(/\p{C}/gu, '\u00b7');
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean;
}

import { RegistryError } from './registry-error.ts';

/**
 * Refuses JSON text nested deeper than `limit` before a recursive parser or serializer can overflow the stack on it.
 * Counts brackets outside strings; says nothing about whether the text is otherwise valid.
 * @throws RegistryError `JSON_TOO_DEEP`
 */
export function requireShallowJson(text: string, limit = 256): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text.charCodeAt(i);
    if (sign === 0x22) {
      // a string: jump to its closing quote
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (sign === 0x7b || sign === 0x5b) {
      depth++;
      if (depth > limit)
        throw new RegistryError('JSON_TOO_DEEP', `JSON may be nested ${limit} levels deep; this is deeper.`);
    } else if (sign === 0x7d || sign === 0x5d) depth--;
  }
}

/** @throws RegistryError `INVALID_JSON`, `JSON_TOO_DEEP` */
export function parseJson(text: string, what: string, limit = 256): unknown {
  requireShallowJson(text, limit);
  try {
    return JSON.parse(text);
  } catch {
    throw new RegistryError('INVALID_JSON', `${what} is not valid JSON.`);
  }
}

/**
 * Parses JSON in which numbers may be the bare words NaN, Infinity and -Infinity, as Python and the wandb client write
 * them. They become the strings "NaN", "Infinity" and "-Infinity".
 * @throws RegistryError `INVALID_JSON`, `JSON_TOO_DEEP`
 */
export function parseLenientJson(text: string, what: string): unknown {
  return parseJson(/NaN|Infinity/.test(text) ? quoteBareNumbers(text) : text, what);
}

function quoteBareNumbers(text: string): string {
  // strings are matched first, so that the words inside them stay as they are
  return text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, found => (found.startsWith('"') ? found : `"${found}"`));
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

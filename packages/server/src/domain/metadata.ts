import { isJsonObject, parseJson } from './json.ts';
import { RegistryError } from './registry-error.ts';

const maxKeys = 100;
const maxRows = 2_000;
const maxIndexedText = 256;
/** Databases index keys of limited length; nobody filters by longer ones. */
const maxIndexedKey = 512;

/** One leaf of a version's metadata, for filters: `number` where it is one, `text` for words and booleans. */
export interface MetadataRow {
  /** dotted, as filters write it: `metrics.accuracy` */
  key: string;
  number: number | null;
  text: string | null;
}

/**
 * Checks metadata that is kept verbatim: a JSON object with at most 100 top-level keys (wandb `validate_metadata`).
 * @throws RegistryError `INVALID_JSON`, `JSON_TOO_DEEP`, `INVALID_INPUT`
 */
export function requireMetadata(text: string): string {
  const value = parseJson(text, 'metadata');
  if (value === null) return '{}';
  if (!isJsonObject(value)) throw new RegistryError('INVALID_INPUT', 'metadata must be a JSON object.');
  if (Object.keys(value).length > maxKeys) {
    throw new RegistryError(
      'INVALID_INPUT',
      `metadata may have ${maxKeys} top-level keys; nest what belongs together.`,
    );
  }
  return text;
}

/** The leaves under which a version can be found. Very large metadata is indexed as far as 2,000 leaves. */
export function metadataRows(text: string | null): MetadataRow[] {
  const rows: MetadataRow[] = [];
  if (text !== null) collect(parseJson(text, 'metadata'), '', rows);
  return rows;
}

function collect(value: unknown, key: string, rows: MetadataRow[]): void {
  if (rows.length >= maxRows || key.length > maxIndexedKey) return;
  if (isJsonObject(value)) {
    for (const [name, child] of Object.entries(value)) collect(child, key === '' ? name : `${key}.${name}`, rows);
  } else if (Array.isArray(value)) {
    for (const child of value) if (!isJsonObject(child) && !Array.isArray(child)) collect(child, key, rows);
  } else if (typeof value === 'number') rows.push({ key, number: value, text: null });
  else if (typeof value === 'string')
    rows.push({ key, number: null, text: [...value].slice(0, maxIndexedText).join('') });
  else if (typeof value === 'boolean') rows.push({ key, number: null, text: String(value) });
}

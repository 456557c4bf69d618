import type { Membership } from '../../../domain/collections.ts';
import type { Condition, FieldValues } from '../../../domain/conditions.ts';
import { type MetadataRow, metadataRows } from '../../../domain/metadata.ts';
import type { Version } from '../../../domain/versions.ts';
import { decimal, type FieldSource, numberColumn, rowsOf, type SameValues, textColumn } from './field-sources.ts';

const metadataPrefix = 'metadata.';

const sources: Readonly<Record<string, FieldSource | SameValues>> = {
  // of those that have a place
  state: { same: ['COMMITTED'] },
  id: numberColumn('v.id', { ofWord: decimal }),
  number: numberColumn('m.number', { ofWord: versionNumber }),
  digest: textColumn('v.digest'),
  description: textColumn('v.description'),
  size: numberColumn('v.size'),
  metadata: textColumn('v.metadata'),
  createdAt: numberColumn('v.created_at', { isTime: true }),
  updatedAt: numberColumn('v.updated_at', { isTime: true }),
  tag: rowsOf({
    table: 'version_tags',
    owner: 'version_id',
    ofColumn: 'm.version_id',
    value: { text: 'version_tags.tag', isShort: true },
  }),
  alias: rowsOf({
    table: 'aliases',
    owner: 'membership_id',
    ofColumn: 'm.id',
    value: { text: 'aliases.alias', isShort: true },
  }),
};

/** Where the fields of versions are in a query over `memberships as m` and `versions as v`. */
export function versionSource(field: string): FieldSource | SameValues | undefined {
  if (field.startsWith(metadataPrefix)) return metadataSource(field.slice(metadataPrefix.length));
  return sources[field];
}

/** Whether a condition asks for what stands in the row of a version. Where it does not, most rows need no look. */
export function asksForRow(condition: Condition): boolean {
  if (condition.kind === 'not') return asksForRow(condition.of);
  if (condition.kind !== 'field') return condition.of.some(asksForRow);
  const source = versionSource(condition.field);
  if (!source || 'same' in source || source.some) return false;
  return [source.value.text, source.value.number?.column].some(column => column?.startsWith('v.'));
}

function metadataSource(key: string): FieldSource {
  return rowsOf({
    table: 'version_metadata',
    owner: 'version_id',
    ofColumn: 'm.version_id',
    value: {
      text: 'version_metadata.text',
      number: { column: 'version_metadata.number', whole: false },
      booleansAsText: true,
    },
    key: { column: 'version_metadata.key', is: key },
  });
}

export interface SearchedVersion {
  membership: Membership;
  version: Version;
  tags: readonly string[];
  aliases: readonly string[];
}

/** The values of the same fields in a version that was loaded. */
export function versionValues({ membership, version, tags, aliases }: SearchedVersion): FieldValues {
  let rows: MetadataRow[] | undefined;
  const metadata = (key: string) => {
    rows ??= metadataRows(version.metadata);
    return rows.filter(row => row.key === key).flatMap(valuesOfRow);
  };
  const values: Readonly<Record<string, readonly unknown[]>> = {
    id: [version.id, String(version.id)],
    number: [membership.number, `v${membership.number}`],
    state: ['COMMITTED'],
    digest: [version.digest],
    description: [version.description],
    size: [version.size],
    metadata: [version.metadata],
    createdAt: [new Date(version.createdAt)],
    updatedAt: [new Date(version.updatedAt)],
    tag: tags,
    alias: aliases,
  };
  return field =>
    (field.startsWith(metadataPrefix) ? metadata(field.slice(metadataPrefix.length)) : values[field]) ?? [];
}

/** Metadata is indexed without telling a boolean from its word. */
function valuesOfRow({ number, text }: MetadataRow): unknown[] {
  if (number !== null) return [number];
  return text === 'true' || text === 'false' ? [text, text === 'true'] : [text];
}

function versionNumber(word: string): number | undefined {
  return /^v(0|[1-9]\d{0,9})$/.test(word) ? Number(word.slice(1)) : undefined;
}

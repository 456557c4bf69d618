import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Collection } from '../../../domain/collections.ts';
import type { FieldValues } from '../../../domain/conditions.ts';
import { leadsToNames } from '../name-parts.ts';
import {
  decimal,
  type FieldSource,
  type Lead,
  numberColumn,
  rowsOf,
  shortTextColumn,
  textColumn,
} from './field-sources.ts';

const sources: Readonly<Record<string, FieldSource>> = {
  id: { ...numberColumn('c.id', { ofWord: decimal }), lead: leadToCollections },
  name: {
    ...shortTextColumn('c.name'),
    lead: leadToCollections,
    leadsToPart: leadsToNames,
  },
  type: shortTextColumn('c.type'),
  description: textColumn('c.description'),
  createdAt: numberColumn('c.created_at', { isTime: true }),
  updatedAt: numberColumn('c.updated_at', { isTime: true }),
  tag: rowsOf({
    table: 'collection_tags',
    owner: 'collection_id',
    ofColumn: 'c.id',
    value: { text: 'collection_tags.tag', isShort: true },
  }),
};

/** For columns with an index of their own. */
function leadToCollections(holds: RawBuilder<SqlBool>): Lead {
  return { column: 'c.id', ids: sql<{ id: number }>`select c.id from collections as c where ${holds}` };
}

/** Where the fields of artifacts and registered models are in a query over `collections as c`. */
export function collectionSource(field: string): FieldSource | undefined {
  return sources[field];
}

/** The values of the same fields in a collection that was loaded. */
export function collectionValues(collection: Collection, tags: readonly string[]): FieldValues {
  const values: Readonly<Record<string, readonly unknown[]>> = {
    id: [collection.id, String(collection.id)],
    name: [collection.name],
    type: [collection.type],
    description: [collection.description],
    createdAt: [new Date(collection.createdAt)],
    updatedAt: [new Date(collection.updatedAt)],
    tag: tags,
  };
  return field => values[field] ?? [];
}

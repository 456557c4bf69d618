import type { SchemaWriter } from '../schema-writer.ts';

/** Artifacts and registered models. */
export async function createCollectionTables(schema: SchemaWriter): Promise<void> {
  await schema.table('collections', {
    id: 'id',
    project_id: 'integer -> projects',
    kind: 'text',
    name: 'text',
    search_name: 'text',
    type: 'text',
    description: 'text?',
    /** of the version or link that comes next */
    next_number: 'integer',
    /** how many places there are: counting 100,000 of them takes 3 ms */
    place_count: 'integer',
    created_by: 'integer?',
    created_at: 'integer',
    updated_at: 'integer',
    deleted_at: 'integer?',
  });
  await schema.unique('collections_name', 'collections', ['project_id', 'name']);
  // kind and type stand in each of these for counting without a look at the rows
  await schema.index(
    'collections_by_type',
    'collections',
    ['project_id', 'type', 'name', 'kind'],
    'deleted_at is null',
  );
  await schema.index(
    'collections_by_creation',
    'collections',
    ['project_id', 'created_at', 'id', 'kind', 'type'],
    'deleted_at is null',
  );
  await schema.index(
    'collections_by_update',
    'collections',
    ['project_id', 'updated_at', 'id', 'kind', 'type'],
    'deleted_at is null',
  );
  // for finding them by name in whichever project
  await schema.index('collections_by_name', 'collections', ['name', 'id']);
  await schema.table(
    'collection_tags',
    {
      collection_id: 'integer -> collections',
      tag: 'text',
    },
    { primaryKey: ['collection_id', 'tag'], clustered: true },
  );
  await schema.index('collection_tags_by_tag', 'collection_tags', ['tag', 'collection_id']);
  // three signs that follow each other in a name, in lower case
  await schema.table(
    'collection_name_parts',
    {
      part: 'text',
      collection_id: 'integer -> collections',
    },
    { primaryKey: ['part', 'collection_id'], clustered: true },
  );
}

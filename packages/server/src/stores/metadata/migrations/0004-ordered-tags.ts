import { type Kysely, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import { SchemaWriter } from './schema-writer.ts';

/**
 * Beside each tag of a collection stands what its collections are ordered and counted by, so that a page of those that
 * many have is read from an index. Deleted collections give up their tags.
 */
export const orderedTags = {
  number: 4,
  name: 'ordered-tags',
  async up(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
    const schema = new SchemaWriter(db, dialect);
    await schema.table(
      'ordered_collection_tags',
      {
        collection_id: 'integer -> collections',
        tag: 'text',
        project_id: 'integer',
        kind: 'text',
        type: 'text',
        name: 'text',
        created_at: 'integer',
      },
      { primaryKey: ['collection_id', 'tag'], clustered: true },
    );
    await schema.run(
      sql`insert into ordered_collection_tags (collection_id, tag, project_id, kind, type, name, created_at)
        select t.collection_id, t.tag, c.project_id, c.kind, c.type, c.name, c.created_at
        from collection_tags as t inner join collections as c on c.id = t.collection_id where c.deleted_at is null`,
    );
    await schema.run(sql`drop table collection_tags`);
    await schema.run(sql`alter table ordered_collection_tags rename to collection_tags`);
    const tagged = ['tag', 'project_id'];
    await schema.index('collection_tags_by_name', 'collection_tags', [...tagged, 'name', 'collection_id']);
    // kind and type stand in it for counting
    const counted = ['created_at', 'collection_id', 'kind', 'type'];
    await schema.index('collection_tags_by_creation', 'collection_tags', [...tagged, ...counted]);
    // `deleted_at` too: SQLite reads the row where the condition of an index is all that tells it
    const told = ['kind', 'type', 'deleted_at'];
    await schema.run(sql`drop index collections_by_creation`);
    const byCreation = ['project_id', 'created_at', 'id', ...told];
    await schema.index('collections_by_creation', 'collections', byCreation, 'deleted_at is null');
    // how many have a name of some pattern
    const byName = ['project_id', 'name', ...told];
    await schema.index('collections_by_project_name', 'collections', byName, 'deleted_at is null');
  },
};

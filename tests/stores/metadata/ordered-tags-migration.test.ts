import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openSqliteMetadataStore } from '../../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import { collection, seed, start } from './sample-records.ts';

/** What a server of the third format would have left. */
const before = `
  create table former (collection_id integer not null references collections (id), tag text not null,
    primary key (collection_id, tag)) strict, without rowid;
  insert into former select collection_id, tag from collection_tags;
  drop table collection_tags;
  alter table former rename to collection_tags;
  create index collection_tags_by_tag on collection_tags (tag, collection_id);
  drop index collections_by_project_name;
  drop index collections_by_creation;
  create index collections_by_creation on collections (project_id, created_at, id, kind, type) where deleted_at is null;
  update collections set deleted_at = 1 where name = 'gone';
  drop index manifests_unsealed;
  delete from migrations where number >= 4;`;

test('tags of the format before are found in order, but for those of deleted collections', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weighhouse-migration-'));
  try {
    const file = join(folder, 'metadata.db');
    const first = openSqliteMetadataStore({ file });
    await first.migrate();
    const { projectId } = await seed(first);
    await first.transaction(async tx => {
      for (const [i, name] of ['b', 'gone', 'a', 'c'].entries()) {
        const made = collection(tx, projectId, name, { createdAt: start + i });
        await tx.collections.insertCollection(made);
        await tx.collections.addTags(made.id, ['t', `of ${name}`]);
      }
    });
    await first.close();
    const database = new BetterSqlite3(file);
    database.exec(before);
    database.close();

    const store = openSqliteMetadataStore({ file });
    await store.migrate();
    const { collections } = store.read;
    const named = async (order: 'name' | '-created_at') => {
      const { items } = await collections.listCollections([projectId], { tags: ['t'] }, order, { limit: 10 });
      return items.map(({ name }) => name);
    };
    expect(await named('name')).toEqual(['a', 'b', 'c']);
    expect(await named('-created_at')).toEqual(['c', 'a', 'b']);
    expect(await collections.countCollections([projectId], { tags: ['t'] })).toBe(3);
    expect(await collections.countCollections([projectId], { tags: ['of a'] })).toBe(1);
    await store.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

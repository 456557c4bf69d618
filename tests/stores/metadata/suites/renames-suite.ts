import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { collection, entity, insertProject, seed, start } from '../sample-records.ts';

export function renamesSuite(store: () => MetadataStore): void {
  test('a renamed entity answers to its old names, which nothing else may take', async () => {
    const { owner } = await seed(store());
    await store().transaction(tx => tx.accounts.updateEntity(owner.id, { name: 'second', displayName: 'Second' }));
    await store().transaction(tx => tx.accounts.updateEntity(owner.id, { name: 'third' }));
    const { accounts } = store().read;
    for (const name of ['weighhouse', 'second', 'third']) {
      expect(await accounts.findEntityByName(name)).toMatchObject({
        id: owner.id,
        name: 'third',
        displayName: 'Second',
      });
      expect(await accounts.isEntityNameTaken(name)).toBe(true);
      const taken = store().transaction(tx => tx.accounts.insertEntity(entity(tx, name)));
      await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    expect(await accounts.isEntityNameTaken('Third')).toBe(false);
    expect((await accounts.findOrganizations('second')).map(each => each.id)).toEqual([owner.id]);
    expect(await accounts.findOrganizations('second', [])).toEqual([]);
  });

  test('a thing may return to a name of its own', async () => {
    const { owner } = await seed(store());
    const rename = (name: string) => store().transaction(tx => tx.accounts.updateEntity(owner.id, { name }));
    await rename('second');
    await rename('weighhouse');
    await rename('second');
    const { accounts } = store().read;
    expect(await accounts.findEntityByName('weighhouse')).toMatchObject({ name: 'second' });
    expect(await accounts.findEntityByName('second')).toMatchObject({ id: owner.id });
  });

  test('an error about a reserved name undoes what came before, even where it is caught', async () => {
    const { owner } = await seed(store());
    await store().transaction(tx => tx.accounts.updateEntity(owner.id, { name: 'second' }));
    const caught = store().transaction(async tx => {
      await tx.accounts.insertEntity(entity(tx, 'weighhouse')).catch(() => {});
    });
    await expect(caught).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store().read.accounts.findEntityByName('weighhouse')).toMatchObject({ id: owner.id });
  });

  test('names of deleted entities stay reserved and lead nowhere', async () => {
    const { owner } = await seed(store());
    await store().transaction(async tx => {
      await tx.accounts.updateEntity(owner.id, { name: 'second' });
      await tx.accounts.deleteEntity(owner.id, start);
    });
    const { accounts } = store().read;
    for (const name of ['weighhouse', 'second']) {
      expect(await accounts.findEntityByName(name)).toBeUndefined();
      expect(await accounts.isEntityNameTaken(name)).toBe(true);
    }
    await expect(store().transaction(tx => tx.accounts.updateEntity(owner.id, { name: 'x' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('redirects of entities and projects compose', async () => {
    const { owner, projectId } = await seed(store());
    await store().transaction(async tx => {
      await tx.accounts.updateEntity(owner.id, { name: 'second' });
      await tx.projects.updateProject(projectId, { name: 'letters', updatedAt: start + 1 });
    });
    const { projects } = store().read;
    for (const entityName of ['weighhouse', 'second']) {
      for (const name of ['digits', 'letters']) {
        expect(await projects.findProjectByName(entityName, name)).toMatchObject({
          id: projectId,
          entityName: 'second',
          name: 'letters',
        });
      }
      expect(await projects.findProjectByName(entityName, 'Digits')).toBeUndefined();
    }
    const other = await store().transaction(async tx => {
      const other = entity(tx, 'elsewhere');
      await tx.accounts.insertEntity(other);
      return insertProject(tx, other.id, 'digits');
    });
    expect((await projects.findProjectByName('elsewhere', 'digits'))?.id).toBe(other);
    const taken = store().transaction(tx => insertProject(tx, owner.id, 'digits'));
    await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await store().transaction(tx => tx.projects.updateProject(projectId, { name: 'digits', updatedAt: start + 2 }));
    expect(await projects.findProjectByName('weighhouse', 'letters')).toMatchObject({
      name: 'digits',
      updatedAt: start + 2,
    });
  });

  test('a renamed collection answers to its old names inside its project', async () => {
    const { owner, projectId, artifact } = await seed(store());
    const elsewhere = await store().transaction(tx => insertProject(tx, owner.id, 'elsewhere'));
    await store().transaction(tx =>
      tx.collections.updateCollection(artifact.id, { name: 'Étiqueteur', updatedAt: start + 1 }),
    );
    const { collections } = store().read;
    expect(await collections.findCollectionByName(projectId, 'classifier')).toMatchObject({ name: 'Étiqueteur' });
    expect(await collections.findCollectionByName(projectId, 'Étiqueteur')).toMatchObject({ id: artifact.id });
    expect(await collections.findCollectionByName(elsewhere, 'classifier')).toBeUndefined();
    expect(await collections.isCollectionNameTaken(projectId, 'classifier')).toBe(true);
    expect(await collections.isCollectionNameTaken(elsewhere, 'classifier')).toBe(false);
    const found = await collections.listCollections([projectId], { nameContains: 'étIQ' }, 'name', { limit: 5 });
    expect(found.items.map(each => each.id)).toEqual([artifact.id]);
    for (const name of ['classifier', 'Étiqueteur']) {
      const taken = store().transaction(tx => tx.collections.insertCollection(collection(tx, projectId, name)));
      await expect(taken).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    await store().transaction(tx => tx.collections.deleteCollection(artifact.id, start + 2));
    for (const name of ['classifier', 'Étiqueteur']) {
      expect(await collections.findCollectionByName(projectId, name)).toBeUndefined();
      expect(await collections.isCollectionNameTaken(projectId, name)).toBe(true);
    }
  });
}

import { expect, test } from 'vitest';
import { isInternalType } from '../../../../packages/server/src/domain/artifact-types.ts';
import type { Condition } from '../../../../packages/server/src/domain/conditions.ts';
import type { CollectionFilter, CollectionOrder } from '../../../../packages/server/src/ports/metadata/collections.ts';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { collection, commit, insertProject, readAll, seed, start } from '../sample-records.ts';

export function collectionsSuite(store: () => MetadataStore): void {
  test('a collection is stored, changed and deleted', async () => {
    const { projectId, artifact } = await seed(store());
    const { collections } = store().read;
    expect(await collections.findCollection(artifact.id)).toEqual(artifact);
    expect(await collections.findCollectionByName(projectId, 'classifier')).toEqual(artifact);
    expect(await collections.findCollectionByName(projectId, 'Classifier')).toBeUndefined();
    expect(await collections.findCollections([artifact.id, 12345])).toEqual([artifact]);
    await store().transaction(tx =>
      tx.collections.updateCollection(artifact.id, { description: 'd', type: 'dataset', updatedAt: start + 1 }),
    );
    const changed = { ...artifact, description: 'd', type: 'dataset', updatedAt: start + 1 };
    expect(await collections.findCollection(artifact.id)).toEqual(changed);
    await store().transaction(tx =>
      tx.collections.updateCollection(artifact.id, { description: null, updatedAt: start + 2 }),
    );
    expect(await collections.findCollection(artifact.id)).toEqual({
      ...changed,
      description: null,
      updatedAt: start + 2,
    });
    await store().transaction(tx => tx.collections.deleteCollection(artifact.id, start + 3));
    expect(await collections.findCollection(artifact.id)).toBeUndefined();
    for (const work of [
      () => store().transaction(tx => tx.collections.takeNumber(artifact.id, start)),
      () => store().transaction(tx => tx.collections.updateCollection(artifact.id, { updatedAt: start })),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('lists and counts by every filter, in every order, over several projects', async () => {
    const { owner, projectId } = await seed(store());
    const second = await store().transaction(async tx => {
      const second = await insertProject(tx, owner.id, 'second');
      const rows: [number, string, number, number, 'artifact' | 'registered_model', string][] = [
        [projectId, 'beta', 3, 10, 'artifact', 'model'],
        [second, 'alpha', 2, 11, 'artifact', 'dataset'],
        [projectId, 'ALPHA_2', 1, 12, 'registered_model', 'model'],
        [second, 'gamma', 1, 13, 'registered_model', 'model'],
        [second, 'gone', 9, 9, 'artifact', 'model'],
      ];
      for (const [project, name, created, updated, kind, type] of rows) {
        const made = collection(tx, project, name, {
          kind,
          type,
          createdAt: start + created,
          updatedAt: start + updated,
        });
        await tx.collections.insertCollection(made);
        await tx.collections.addTags(made.id, name === 'beta' ? ['good', 'old'] : ['good', 'good']);
        if (name === 'gone') await tx.collections.deleteCollection(made.id, start + 9);
      }
      return second;
    });
    const { collections } = store().read;
    const names = async (order: CollectionOrder, filter: CollectionFilter = {}, projects = [projectId, second]) => {
      const found = (await readAll(page => collections.listCollections(projects, filter, order, page))).map(
        each => each.name,
      );
      expect(await collections.countCollections(projects, filter)).toBe(found.length);
      return found;
    };
    expect(await names('name')).toEqual(['ALPHA_2', 'alpha', 'beta', 'classifier', 'gamma']);
    expect(await names('-name')).toEqual(['gamma', 'classifier', 'beta', 'alpha', 'ALPHA_2']);
    expect(await names('created_at')).toEqual(['classifier', 'ALPHA_2', 'gamma', 'alpha', 'beta']);
    expect(await names('-created_at')).toEqual(['beta', 'alpha', 'gamma', 'ALPHA_2', 'classifier']);
    expect(await names('updated_at')).toEqual(['classifier', 'beta', 'alpha', 'ALPHA_2', 'gamma']);
    expect(await names('-updated_at')).toEqual(['gamma', 'ALPHA_2', 'alpha', 'beta', 'classifier']);
    expect(await names('name', {}, [second])).toEqual(['alpha', 'gamma']);
    expect(await names('name', {}, [second, second])).toEqual(['alpha', 'gamma']);
    expect(await names('name', {}, [])).toEqual([]);
    expect(await names('name', { kind: 'registered_model' })).toEqual(['ALPHA_2', 'gamma']);
    expect(await names('name', { type: 'model', kind: 'artifact' })).toEqual(['beta', 'classifier']);
    expect(await names('name', { tags: ['good'] })).toEqual(['ALPHA_2', 'alpha', 'beta', 'gamma']);
    expect(await names('name', { tags: ['good', 'old'] })).toEqual(['beta']);
    expect(await names('name', { tags: ['good', 'absent'] })).toEqual([]);
    expect(await names('name', { nameContains: 'LPHA' })).toEqual(['ALPHA_2', 'alpha']);
    expect(await names('name', { nameContains: '_' })).toEqual(['ALPHA_2']);
    expect(await names('name', { names: ['beta', 'gamma', 'none'] })).toEqual(['beta', 'gamma']);
  });

  test('those of a tag come in order, a page at a time, as they are called and typed now', async () => {
    const { owner, projectId } = await seed(store());
    const names = Array.from({ length: 9 }, (_, i) => `m${(i * 4) % 9}`);
    const ids = await store().transaction(async tx => {
      const second = await insertProject(tx, owner.id, 'second');
      const made = new Map<string, number>();
      for (const [i, name] of names.entries()) {
        // three at a time are of the same moment, and every name is there twice
        const createdAt = start + Math.floor(i / 3);
        for (const [home, key] of [[projectId, name] as const, [second, `${name} of the second`] as const]) {
          const one = collection(tx, home, name, { kind: 'registered_model', createdAt });
          await tx.collections.insertCollection(one);
          await tx.collections.addTags(one.id, i % 2 === 0 ? ['t', 'even'] : ['t']);
          made.set(key, one.id);
        }
      }
      return { ...Object.fromEntries(made), second } as Record<string, number>;
    });
    const { collections } = store().read;
    const projects = [projectId, ids.second ?? 0];
    const tagged = (tag: string): Condition => ({
      kind: 'field',
      field: 'tag',
      test: { operator: 'in', values: [tag] },
    });
    const listed = async (filter: CollectionFilter, order: CollectionOrder, homes = projects) => {
      const found = await readAll(page => collections.listCollections(homes, filter, order, page), 2);
      expect(await collections.countCollections(homes, filter)).toBe(found.length);
      return found;
    };
    const orders: CollectionOrder[] = ['name', '-name', 'created_at', '-created_at', 'updated_at', '-updated_at'];
    const agree = async () => {
      for (const order of orders) {
        const all = await listed({}, order);
        const tagsOf = Map.groupBy(await collections.listTags(all.map(({ id }) => id)), one => one.collectionId);
        for (const tag of ['t', 'even']) {
          const expected = all.filter(({ id }) => tagsOf.get(id)?.some(one => one.tag === tag));
          expect(await listed({ tags: [tag] }, order), `${tag} ${order}`).toEqual(expected);
          expect(await listed({ condition: tagged(tag) }, order)).toEqual(expected);
          expect(await listed({ condition: tagged(tag), tags: ['t'] }, order)).toEqual(expected);
          const shown: CollectionFilter = { tags: [tag], kind: 'registered_model', exceptInternal: true };
          const models = expected.filter(({ type }) => !isInternalType(type));
          expect(await listed(shown, order)).toEqual(models);
          const ofType = expected.filter(({ type }) => type === 'wandb-x');
          expect(await listed({ tags: [tag], type: 'wandb-x' }, order)).toEqual(ofType);
        }
      }
    };
    await agree();
    await store().transaction(async tx => {
      await tx.collections.updateCollection(ids.m4 ?? 0, { name: 'zz', updatedAt: start + 50 });
      await tx.collections.updateCollection(ids.m5 ?? 0, { type: 'wandb-x', updatedAt: start + 51 });
      await tx.collections.updateCollection(ids.m6 ?? 0, { type: 'wandb.x', updatedAt: start + 52 });
      await tx.collections.updateCollection(ids['m7 of the second'] ?? 0, { name: 'aa', updatedAt: start + 53 });
      await tx.collections.removeTags(ids.m8 ?? 0, ['t']);
      await tx.collections.addTags(ids.m8 ?? 0, ['even', 'even', 't']);
    });
    await agree();
    expect((await listed({ tags: ['t'] }, 'name')).map(({ name }) => name).slice(-1)).toEqual(['zz']);
    await store().transaction(tx => tx.collections.deleteCollection(ids.m4 ?? 0, start + 60));
    await agree();
    expect(await collections.countCollections(projects, { tags: ['t'] })).toBe(2 * names.length - 1);
    expect(await collections.countCollections([projectId], { tags: ['t'] })).toBe(names.length - 1);
    await expect(store().transaction(tx => tx.collections.addTags(ids.m4 ?? 0, ['late']))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('what the client keeps for itself is left out by its type, and nothing else', async () => {
    const { owner } = await seed(store());
    const types = [
      'code',
      'cod',
      'codex',
      'job',
      'joB',
      'jobs',
      'run_table',
      'run_tablf',
      'run-table',
      'wandb-',
      'wandb-x',
    ];
    types.push('wandb.', 'wandb', 'wandb,x', 'WANDB-x', 'model', 'zebra', 'Äther', '模型');
    const own = types.filter(type => !isInternalType(type));
    const [with_, without] = await store().transaction(async tx => {
      const projects = [await insertProject(tx, owner.id, 'with'), await insertProject(tx, owner.id, 'without')];
      for (const [i, project] of projects.entries()) {
        for (const type of i === 0 ? types : own) {
          await tx.collections.insertCollection(collection(tx, project, `of ${type}`, { type }));
        }
      }
      return projects;
    });
    const { collections } = store().read;
    for (const projects of [[with_ ?? 0], [without ?? 0], [with_ ?? 0, without ?? 0]]) {
      const filter = { exceptInternal: true };
      const shown = await readAll(page => collections.listCollections(projects, filter, 'name', page));
      expect(new Set(shown.map(({ type }) => type))).toEqual(new Set(own));
      expect(shown).toHaveLength(projects.length * own.length);
      expect(await collections.countCollections(projects, filter)).toBe(shown.length);
    }
  });

  test('a name is found by any text inside it, in every case, as long as it is the name', async () => {
    const { projectId } = await seed(store());
    const named = (nameContains: string) =>
      store()
        .read.collections.listCollections([projectId], { nameContains }, 'name', { limit: 10 })
        .then(({ items }) => items.map(({ name }) => name));
    const ids = await store().transaction(async tx => {
      const made = ['ResNet-50', 'ΟΔΥΣΣΕΑΣ', '模型模型模型'].map(name => collection(tx, projectId, name));
      for (const one of made) await tx.collections.insertCollection(one);
      return made.map(({ id }) => id);
    });
    for (const part of ['resnet', 'NET-5', '50', 't-', 'ResNet-50']) expect(await named(part)).toEqual(['ResNet-50']);
    for (const part of ['οδυσ', 'ΔΥΣ', 'σεα', 'ΟΔΥΣΣΕΑ']) expect(await named(part), part).toEqual(['ΟΔΥΣΣΕΑΣ']);
    expect(await named('型模型')).toEqual(['模型模型模型']);
    expect(await named('resnet-51')).toEqual([]);
    await store().transaction(tx => tx.collections.updateCollection(ids[0] ?? 0, { name: 'ResNet-101', updatedAt: 2 }));
    expect(await named('resnet-50')).toEqual([]);
    expect(await named('net-101')).toEqual(['ResNet-101']);
    await store().transaction(tx => tx.collections.deleteCollection(ids[0] ?? 0, 3));
    expect(await named('resnet')).toEqual([]);
  });

  test('pages do not shift when rows come in front of them', async () => {
    const { projectId } = await seed(store());
    await store().transaction(async tx => {
      for (const name of ['b', 'd']) await tx.collections.insertCollection(collection(tx, projectId, name));
    });
    const { collections } = store().read;
    const first = await collections.listCollections([projectId], {}, 'name', { limit: 2 });
    await store().transaction(tx => tx.collections.insertCollection(collection(tx, projectId, 'a')));
    const second = await collections.listCollections([projectId], {}, 'name', { limit: 2, after: first.next });
    expect([...first.items, ...second.items].map(each => each.name)).toEqual(['b', 'classifier', 'd']);
    expect(second.next).toBeUndefined();
  });

  test('a position of another list is refused', async () => {
    const { projectId, artifact } = await seed(store());
    const { collections } = store().read;
    for (const after of [[], ['x'], [1, 2], ['x', Number.NaN], ['x', 1, 2]]) {
      const page = collections.listCollections([projectId], {}, 'name', { limit: 2, after });
      await expect(page).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    }
    await expect(collections.listMemberships(artifact.id, { limit: 1, after: ['1'] })).rejects.toMatchObject({
      code: 'INVALID_CURSOR',
    });
  });

  test('numbers are dense, and never given twice, deleted places included', async () => {
    const { projectId, artifact } = await seed(store());
    const made = await store().transaction(async tx => {
      const made = [];
      for (let i = 0; i < 4; i++) made.push(await commit(tx, artifact));
      await tx.collections.deleteMembership(made[3]?.membership.id ?? 0, start);
      made.push(await commit(tx, artifact));
      return made;
    });
    const { collections } = store().read;
    expect(made.map(each => each.membership.number)).toEqual([0, 1, 2, 3, 4]);
    const numbers = async (order?: 'number' | '-number') =>
      (await readAll(page => collections.listMemberships(artifact.id, page, order))).map(each => each.number);
    expect(await numbers()).toEqual([0, 1, 2, 4]);
    expect(await numbers('-number')).toEqual([4, 2, 1, 0]);
    expect(await collections.countMemberships(artifact.id)).toBe(4);
    await store().transaction(tx => tx.collections.deleteMembership(made[3]?.membership.id ?? 0, start));
    expect(await collections.countMemberships(artifact.id)).toBe(4);
    expect((await collections.findNewestMembership(artifact.id))?.number).toBe(4);
    expect((await collections.findPlaceByNumber(artifact.id, 2))?.membership).toEqual(made[2]?.membership);
    expect(await collections.findPlaceByNumber(artifact.id, 3)).toBeUndefined();
    expect(await collections.findMembership(made[1]?.membership.id ?? 0)).toEqual(made[1]?.membership);
    expect(await collections.findMembership(made[3]?.membership.id ?? 0)).toBeUndefined();
    const gone = made[3]?.version.id ?? 0;
    expect(await collections.findMembershipOfVersion(artifact.id, gone)).toBeUndefined();
    const place = { collectionId: artifact.id, versionId: gone, createdBy: null, createdAt: start };
    const reuse = store().transaction(tx => tx.collections.insertMembership({ ...place, id: tx.newId(), number: 3 }));
    await expect(reuse).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await store().transaction(async tx => {
      const number = await tx.collections.takeNumber(artifact.id, start + 7);
      await tx.collections.insertMembership({ ...place, id: tx.newId(), number });
    });
    expect((await collections.findMembershipOfVersion(artifact.id, gone))?.number).toBe(5);
    expect((await collections.findCollection(artifact.id))?.updatedAt).toBe(start + 7);
    const twice = store().transaction(tx => tx.collections.insertMembership({ ...place, id: tx.newId(), number: 99 }));
    await expect(twice).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await collections.findPlaceByNumber(projectId + 1_000, 0)).toBeUndefined();
  });

  test('a version is shown with all that stands beside it, whatever its texts hold', async () => {
    const { owner, projectId, artifact } = await seed(store());
    const text = '"quoted" \\ back\tslash \u2028 \u007f é 🏛 {"a":1}';
    const { version, membership } = await store().transaction(async tx => {
      await tx.collections.updateCollection(artifact.id, { description: text, updatedAt: start });
      const made = await commit(tx, artifact, {
        description: text,
        metadata: JSON.stringify({ text, large: 2 ** 53 - 1, small: 1e-7 }),
        size: 2 ** 53 - 1,
        requestedAliases: ['latest'],
      });
      const target = { membershipId: made.membership.id, versionId: made.version.id, revision: 1, updatedAt: start };
      for (const alias of ['latest', text])
        await tx.collections.putAlias({ id: tx.newId(), collectionId: artifact.id, alias, ...target });
      await tx.collections.addVersionTags(made.version.id, ['b', 'a']);
      return made;
    });
    const { collections, projects } = store().read;
    const project = await projects.findProject(projectId);
    const source = { collection: { ...artifact, description: text, updatedAt: start }, project };
    const shown = {
      version,
      membership,
      collection: source.collection,
      source,
      aliases: [text, 'latest'],
      tags: ['a', 'b'],
      username: null,
    };
    const named = { owner: owner.name, project: 'digits', name: 'classifier' };
    for (const selector of [
      { kind: 'alias', alias: text },
      { kind: 'number', number: 0 },
    ] as const) {
      expect(await collections.findShownPlace({ projectId, name: 'classifier', selector })).toEqual(shown);
      for (const inRegistry of [false, true])
        expect(await collections.findNamedPlace({ ...named, inRegistry, selector })).toEqual({ ...shown, project });
    }
    const nowhere = { kind: 'number', number: 1 } as const;
    expect(await collections.findNamedPlace({ ...named, inRegistry: false, selector: nowhere })).toBeUndefined();
  });

  test('every place of a version is listed, artifacts first', async () => {
    const { projectId, artifact } = await seed(store());
    const { ids, versionId } = await store().transaction(async tx => {
      const { version, membership } = await commit(tx, artifact);
      const ids = [membership.id];
      for (const name of ['r1', 'r2', 'r3']) {
        const target = collection(tx, projectId, name, { kind: 'registered_model' });
        await tx.collections.insertCollection(target);
        const id = tx.newId();
        const createdAt = name === 'r1' ? start + 2 : start - 1;
        const number = await tx.collections.takeNumber(target.id, start);
        await tx.collections.insertMembership({
          id,
          collectionId: target.id,
          versionId: version.id,
          number,
          createdBy: null,
          createdAt,
        });
        if (name === 'r3') await tx.collections.deleteMembership(id, start);
        ids.push(id);
      }
      return { ids, versionId: version.id };
    });
    const found = await store().read.collections.listMembershipsOfVersions([versionId, 999]);
    expect(found.map(each => each.id)).toEqual([ids[0], ids[2], ids[1]]);
  });
}

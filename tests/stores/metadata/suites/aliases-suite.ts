import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { commit, insertUser, readAll, seed, start } from '../sample-records.ts';

export function aliasesSuite(store: () => MetadataStore): void {
  test('an alias leads to one place at a time', async () => {
    const { artifact } = await seed(store());
    const [v0, v1] = await store().transaction(async tx => [await commit(tx, artifact), await commit(tx, artifact)]);
    const put = (alias: string, to: typeof v0, revision: number) =>
      store().transaction(tx =>
        tx.collections.putAlias({
          id: tx.newId(),
          collectionId: artifact.id,
          alias,
          membershipId: to?.membership.id ?? 0,
          versionId: to?.version.id ?? 0,
          revision,
          updatedAt: start + revision,
        }),
      );
    await put('latest', v0, 1);
    const { collections } = store().read;
    const before = await collections.findAlias(artifact.id, 'latest');
    await put('latest', v1, 2);
    await put('best', v1, 1);
    await put('Best', v0, 1);
    expect(await collections.findAlias(artifact.id, 'latest')).toEqual({
      ...before,
      membershipId: v1?.membership.id,
      versionId: v1?.version.id,
      revision: 2,
      updatedAt: start + 2,
    });
    expect((await collections.findPlaceByAlias(artifact.id, 'latest'))?.membership).toEqual(v1?.membership);
    expect(await collections.findPlaceByAlias(artifact.id, 'none')).toBeUndefined();
    expect((await readAll(page => collections.listAliases(artifact.id, page))).map(each => each.alias)).toEqual([
      'Best',
      'best',
      'latest',
    ]);
    const held = await collections.listAliasesOfMemberships([v1?.membership.id ?? 0]);
    expect(held.map(each => each.alias)).toEqual(['best', 'latest']);
    await store().transaction(tx => tx.collections.deleteAlias(artifact.id, 'latest'));
    expect(await collections.findAlias(artifact.id, 'latest')).toBeUndefined();
  });

  test('moves are remembered, newest first, and a revision is written once', async () => {
    const { artifact } = await seed(store());
    const bob = await store().transaction(tx => insertUser(tx, 'bob'));
    const move = (alias: string, revision: number, at: number) =>
      store().transaction(async tx => {
        const record = {
          id: tx.newId(),
          collectionId: artifact.id,
          alias,
          fromVersionId: null,
          fromNumber: null,
          toVersionId: 7,
          toNumber: revision,
          revision,
          userId: bob,
          keyId: 3,
          requestId: 'r',
          reason: 'better',
          at,
        };
        await tx.collections.insertAliasMove(record);
        return record;
      });
    const first = await move('latest', 1, start);
    await move('best', 1, start);
    await move('latest', 2, start + 1);
    await move('latest', 3, start + 1);
    const { collections } = store().read;
    const moves = await readAll(page => collections.listAliasMoves(artifact.id, page));
    expect(moves.map(each => [each.alias, each.revision])).toEqual([
      ['latest', 3],
      ['latest', 2],
      ['best', 1],
      ['latest', 1],
    ]);
    expect(moves.at(-1)).toEqual({ ...first, username: 'bob' });
    const ofOne = await readAll(page => collections.listAliasMoves(artifact.id, page, 'latest'), 1);
    expect(ofOne.map(each => each.revision)).toEqual([3, 2, 1]);
    expect(await collections.findLastRevision(artifact.id, 'latest')).toBe(3);
    expect(await collections.findLastRevision(artifact.id, 'none')).toBe(0);
    await expect(move('latest', 3, start + 9)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('tags are sets', async () => {
    const { artifact } = await seed(store());
    const versionId = await store().transaction(async tx => {
      const { version } = await commit(tx, artifact);
      await tx.collections.addTags(artifact.id, ['b', 'a', 'b']);
      await tx.collections.addTags(artifact.id, ['a', 'c']);
      await tx.collections.addTags(artifact.id, []);
      await tx.collections.removeTags(artifact.id, ['c', 'absent']);
      await tx.collections.addVersionTags(version.id, ['y', 'x']);
      await tx.collections.addVersionTags(version.id, ['x']);
      await tx.collections.removeVersionTags(version.id, ['y']);
      await tx.collections.removeVersionTags(version.id, []);
      return version.id;
    });
    const { collections } = store().read;
    expect(await collections.listTags([artifact.id, 99])).toEqual([
      { collectionId: artifact.id, tag: 'a' },
      { collectionId: artifact.id, tag: 'b' },
    ]);
    expect(await collections.listVersionTags([versionId])).toEqual([{ versionId, tag: 'x' }]);
    expect(await collections.listVersionTags([])).toEqual([]);
  });
}

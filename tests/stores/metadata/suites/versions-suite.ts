import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { seed, start, version } from '../sample-records.ts';

export function versionsSuite(store: () => MetadataStore): void {
  test('a version is stored with all it has, and changes', async () => {
    const { artifact } = await seed(store());
    const made = await store().transaction(async tx => {
      const made = version(tx, artifact, {
        digest: 'd1',
        description: 'text',
        metadata: '{"a": NaN}',
        ttlSeconds: 60,
        historyStep: 7,
        clientId: 'c1',
        distributedId: 'x',
        requestedAliases: ['latest', 'ä'],
        requestedTags: ['t'],
        createdBy: 4,
        createdByRun: 5,
      });
      await tx.versions.insertVersion(made);
      expect(await tx.versions.lockVersion(made.id)).toEqual(made);
      expect(await tx.versions.lockVersion(99_999)).toBeUndefined();
      return made;
    });
    const { versions } = store().read;
    expect(await versions.findVersion(made.id)).toEqual(made);
    expect(await versions.findVersions([made.id, 99_999])).toEqual([made]);
    const changes = {
      state: 'committed',
      number: 0,
      size: 12,
      fileCount: 2,
      manifestId: 3,
      committedAt: start,
      metadata: null,
    } as const;
    await store().transaction(async tx => {
      await tx.versions.updateVersion(made.id, { ...changes, requestedAliases: [] });
      await tx.versions.updateVersion(made.id, {});
    });
    expect(await versions.findVersion(made.id)).toEqual({ ...made, ...changes, requestedAliases: [] });
    expect(await versions.findCommittedByDigest(artifact.id, 'd1')).toMatchObject({ id: made.id });
    expect(await versions.findCommittedByDigest(artifact.id, 'd2')).toBeUndefined();
    await store().transaction(tx => tx.versions.updateVersion(made.id, { state: 'deleted' }));
    expect(await versions.findCommittedByDigest(artifact.id, 'd1')).toBeUndefined();
  });

  test('the same contents are committed once in a collection; pending and deleted versions do not count', async () => {
    const { artifact } = await seed(store());
    const insert = (state: 'pending' | 'committed' | 'deleted') =>
      store().transaction(async tx => {
        const made = version(tx, artifact, { state, digest: 'same' });
        await tx.versions.insertVersion(made);
        return made.id;
      });
    const first = await insert('deleted');
    const pending = await insert('pending');
    await insert('pending');
    await insert('committed');
    await expect(insert('committed')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    for (const id of [first, pending]) {
      const work = store().transaction(tx => tx.versions.updateVersion(id, { state: 'committed' }));
      await expect(work).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
  });

  test('a race for the same contents has one winner', async () => {
    const { artifact } = await seed(store());
    const race = await Promise.allSettled(
      Array.from({ length: 16 }, () =>
        store().transaction(async tx => {
          const number = await tx.collections.takeNumber(artifact.id, start);
          await tx.versions.insertVersion(version(tx, artifact, { state: 'committed', digest: 'same', number }));
        }),
      ),
    );
    const lost = race.filter(each => each.status === 'rejected').map(each => each.reason.code);
    expect(lost).toEqual(Array(15).fill('ALREADY_EXISTS'));
    expect(await store().transaction(tx => tx.collections.takeNumber(artifact.id, start))).toBe(1);
  });

  test('client ids stand for one thing for ever', async () => {
    const { artifact } = await seed(store());
    const versionId = await store().transaction(async tx => {
      const made = version(tx, artifact, { clientId: 'c1' });
      await tx.versions.insertVersion(made);
      expect(await tx.versions.insertClientId('c1', 'version', made.id)).toBe(true);
      expect(await tx.versions.insertClientId('c1', 'artifact', artifact.id)).toBe(false);
      expect(await tx.versions.insertClientId('s1', 'artifact', artifact.id)).toBe(true);
      await tx.versions.updateVersion(made.id, { state: 'merged', mergedInto: 77 });
      return made.id;
    });
    const { versions } = store().read;
    expect(await versions.findByClientId('c1')).toEqual({ kind: 'version', id: versionId });
    expect(await versions.findByClientId('s1')).toEqual({ kind: 'artifact', id: artifact.id });
    expect(await versions.findByClientId('none')).toBeUndefined();
    expect(await versions.findVersion(versionId)).toMatchObject({ state: 'merged', mergedInto: 77 });
  });

  test('pending versions are found by their distributed id and when they are left alone', async () => {
    const { artifact } = await seed(store());
    const ids = await store().transaction(async tx => {
      const made = [
        version(tx, artifact, { distributedId: 'x', updatedAt: start + 30 }),
        version(tx, artifact, { distributedId: 'y', updatedAt: start + 10 }),
        version(tx, artifact, { distributedId: 'z', updatedAt: start + 20, state: 'committed' }),
        version(tx, artifact, { updatedAt: start + 5 }),
      ];
      for (const each of made) await tx.versions.insertVersion(each);
      return made.map(each => each.id);
    });
    const { versions } = store().read;
    expect((await versions.findPendingDistributed(artifact.id, 'x'))?.id).toBe(ids[0]);
    expect(await versions.findPendingDistributed(artifact.id, 'z')).toBeUndefined();
    expect(await versions.findPendingDistributed(artifact.id + 1, 'x')).toBeUndefined();
    expect(await versions.listExpiredPending(start + 30, 10)).toEqual([ids[3], ids[1]]);
    expect(await versions.listExpiredPending(start + 31, 1)).toEqual([ids[3]]);
  });

  test('metadata rows are replaced as a whole', async () => {
    const { artifact } = await seed(store());
    await store().transaction(async tx => {
      const made = version(tx, artifact);
      await tx.versions.insertVersion(made);
      const rows = Array.from({ length: 2_000 }, (_, i) => ({ key: `k${i}`, number: i / 3, text: null }));
      await tx.versions.putMetadataRows(made.id, rows);
      const again = { key: 'tags', number: null, text: 'x' };
      await tx.versions.putMetadataRows(made.id, [again, again, { key: 'n', number: 1e300, text: null }]);
      await tx.versions.putMetadataRows(made.id, []);
    });
  });
}

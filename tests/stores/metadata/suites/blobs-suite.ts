import { expect, test } from 'vitest';
import type { Blob } from '../../../../packages/server/src/ports/metadata/blobs.ts';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { blob, collection, commit, entry, insertProject, seed, start, upload, version } from '../sample-records.ts';

export function blobsSuite(store: () => MetadataStore): void {
  async function insertBlobs(...digests: [md5: string, sha256: string | null][]): Promise<Blob[]> {
    return await store().transaction(async tx => {
      const made = digests.map(([md5, sha256]) => blob(tx, md5, sha256, { createdBy: 4 }));
      await tx.blobs.insertBlobs(made);
      return made;
    });
  }

  test('blobs are found by id and digest, and healed', async () => {
    const [first, second] = await insertBlobs(['m1', 's1'], ['m2', null]);
    const { blobs } = store().read;
    expect(await blobs.findBlob(first?.id ?? 0)).toEqual(first);
    expect(await blobs.findBlob(99_999)).toBeUndefined();
    expect(await blobs.findBlobs([second?.id ?? 0, first?.id ?? 0])).toHaveLength(2);
    expect(await blobs.findBlobBySha256('s1')).toEqual(first);
    expect(await blobs.findBlobBySha256('s2')).toBeUndefined();
    expect(await blobs.findBlobsBySha256(['s2', 's1', 's1'])).toEqual([first]);
    expect(await blobs.findBlobsBySha256([])).toEqual([]);
    expect(await store().transaction(tx => tx.blobs.findBlobsBySha256(['s2', 's1']))).toEqual([first]);
    await store().transaction(tx => tx.blobs.updateBlobKey(first?.id ?? 0, 'healthy'));
    expect(await blobs.findBlobBySha256('s1')).toEqual({ ...first, physicalKey: 'healthy' });
    const again = store().transaction(tx => tx.blobs.insertBlobs([blob(tx, 'm', 's', { physicalKey: 'healthy' })]));
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('an MD5 stands for bytes only where it can stand for nothing else', async () => {
    const [one] = await insertBlobs(
      ['one', 's1'],
      ['two', 's2'],
      ['two', 's3'],
      ['unknown', null],
      ['half', 's4'],
      ['half', null],
      ['same', 's5'],
      ['same', 's5'],
    );
    const found = await store().read.blobs.findUnambiguousByMd5(['one', 'two', 'unknown', 'half', 'same', 'absent']);
    expect(found.map(each => each.md5).sort()).toEqual(['one', 'same']);
    expect(found.find(each => each.md5 === 'one')).toEqual(one);
    expect(await store().read.blobs.findUnambiguousByMd5([])).toEqual([]);
  });

  test('holders are committed versions, the oldest of each project', async () => {
    const { owner, projectId, artifact } = await seed(store());
    const [held, unheld] = await insertBlobs(['m1', 's1'], ['m2', 's2']);
    const { otherProject, versions } = await store().transaction(async tx => {
      const otherProject = await insertProject(tx, owner.id, 'other');
      const elsewhere = collection(tx, otherProject, 'x');
      await tx.collections.insertCollection(elsewhere);
      const versions: number[] = [];
      for (const target of [artifact, artifact, elsewhere]) {
        const manifestId = tx.newId();
        await tx.versions.insertManifest({ id: manifestId, createdAt: start });
        await tx.versions.putEntries(manifestId, [entry('x', { blobId: held?.id ?? 0 })]);
        versions.push((await commit(tx, target, { manifestId })).version.id);
        await tx.versions.insertVersion(version(tx, target, { manifestId }));
      }
      return { otherProject, versions };
    });
    const { blobs } = store().read;
    const ids = [held?.id ?? 0, unheld?.id ?? 0];
    expect(await blobs.findHolders(ids, projectId)).toEqual([{ blobId: held?.id, versionId: versions[0] }]);
    expect(await blobs.findHolders(ids, otherProject)).toEqual([{ blobId: held?.id, versionId: versions[2] }]);
    expect(await blobs.findHolders(ids, 999)).toEqual([]);
    expect(await blobs.listHoldingProjects(ids)).toEqual([
      { blobId: held?.id, projectId, versionId: versions[0] },
      { blobId: held?.id, projectId: otherProject, versionId: versions[2] },
    ]);
    await store().transaction(tx => tx.versions.updateVersion(versions[0] ?? 0, { state: 'deleted' }));
    expect(await blobs.findHolders(ids, projectId)).toEqual([{ blobId: held?.id, versionId: versions[1] }]);
  });

  test('staged files are kept by path until they are let go', async () => {
    const { artifact } = await seed(store());
    const [a, b] = await insertBlobs(['m1', 's1'], ['m2', 's2']);
    const versionId = await store().transaction(async tx => {
      const pending = version(tx, artifact);
      await tx.versions.insertVersion(pending);
      await tx.blobs.stage(pending.id, [
        { path: 'y', blobId: a?.id ?? 0 },
        { path: 'x', blobId: a?.id ?? 0 },
      ]);
      await tx.blobs.stage(pending.id, [{ path: 'x', blobId: b?.id ?? 0 }]);
      await tx.blobs.stage(pending.id, []);
      return pending.id;
    });
    const { blobs } = store().read;
    const x = { path: 'x', blobId: b?.id, md5: 'm2', size: 5, sha256: b?.sha256 };
    expect(await blobs.listStaged(versionId)).toEqual([
      x,
      { path: 'y', blobId: a?.id, md5: 'm1', size: 5, sha256: a?.sha256 },
    ]);
    expect(await blobs.listStaged(versionId, ['x', 'z'])).toEqual([x]);
    const unstage = () => store().transaction(tx => tx.blobs.unstage(versionId, 1));
    expect(await unstage()).toBe(false);
    expect(await blobs.listStaged(versionId)).toHaveLength(1);
    expect(await blobs.listStagedInVain(10)).not.toContain(versionId);
    await store().transaction(tx => tx.versions.updateVersion(versionId, { state: 'expired' }));
    expect(await blobs.listStagedInVain(10)).toContain(versionId);
    expect(await unstage()).toBe(false);
    expect(await unstage()).toBe(true);
    expect(await blobs.listStaged(versionId)).toEqual([]);
    expect(await blobs.listStagedInVain(10)).not.toContain(versionId);
  });

  test('uploads are promised, kept up to date, and found while they are open', async () => {
    const { projectId } = await seed(store());
    const [stored] = await insertBlobs(['m1', 's1']);
    const made = await store().transaction(async tx => {
      const made = Array.from({ length: 300 }, (_, i) =>
        upload(tx, projectId, { versionId: 5, path: `p${i}`, expectedMd5: `m${i}`, userId: 3, touchedAt: start + i }),
      );
      const last = {
        runId: 2,
        draftId: 1,
        expectedSize: 9,
        expectedSha256: 's',
        partCount: 2,
        partMd5s: ['a', 'b'],
        uploadKey: 'k',
      };
      made.push(upload(tx, projectId, { purpose: 'run-file', ...last }));
      await tx.blobs.insertUploads(made);
      await tx.blobs.insertUploads([]);
      return made;
    });
    const { blobs } = store().read;
    expect(await blobs.findUpload(made[300]?.id ?? 0)).toEqual(made[300]);
    expect(await blobs.findUpload(made[7]?.id ?? 0)).toEqual(made[7]);
    expect(await blobs.findOpenUploads(5, ['p8', 'p7', 'absent'])).toEqual([made[7], made[8]]);
    expect(await blobs.findOpenUploads(6, ['p7'])).toEqual([]);
    expect((await blobs.listIdleUploads(start + 2, 10)).map(each => each.id)).toEqual([
      made[0]?.id,
      made[300]?.id,
      made[1]?.id,
    ]);
    expect(await blobs.listIdleUploads(start + 9, 1)).toHaveLength(1);
    expect(await blobs.hasUploaded(3, stored?.id ?? 0)).toBe(false);
    const changes = { uploadKey: 'k7', state: 'done', blobId: stored?.id ?? 0, touchedAt: start + 999 } as const;
    await store().transaction(async tx => {
      await tx.blobs.updateUpload(made[7]?.id ?? 0, changes);
      await tx.blobs.updateUpload(made[7]?.id ?? 0, {});
    });
    expect(await blobs.findUpload(made[7]?.id ?? 0)).toEqual({ ...made[7], ...changes });
    expect(await blobs.findOpenUploads(5, ['p7'])).toEqual([]);
    expect(await blobs.hasUploaded(3, stored?.id ?? 0)).toBe(true);
    expect(await blobs.hasUploaded(4, stored?.id ?? 0)).toBe(false);
    const [ninth, tenth] = [made[9]?.id ?? 0, made[10]?.id ?? 0];
    const finished = { state: 'done', blobId: stored?.id ?? 0, touchedAt: start + 1_000 } as const;
    await store().transaction(async tx => {
      expect(await tx.blobs.findUploads([tenth, ninth])).toEqual([made[9], made[10]]);
      await tx.blobs.finishUploads([{ id: ninth, blobId: finished.blobId }], finished.touchedAt);
      await tx.blobs.finishUploads([], finished.touchedAt);
    });
    expect(await blobs.findUploads([ninth, tenth, 99_999])).toEqual([{ ...made[9], ...finished }, made[10]]);
  });

  test('usage adds up', async () => {
    await store().transaction(async tx => {
      await tx.blobs.addUsage(5, { logicalBytes: 3_000_000_000_000 });
      await tx.blobs.addUsage(5, { logicalBytes: 2, physicalBytes: 7 });
      await tx.blobs.addUsage(5, { logicalBytes: -1 });
    });
    expect(await store().read.blobs.usage(5)).toEqual({ logicalBytes: 3_000_000_000_001, physicalBytes: 7 });
    expect(await store().read.blobs.usage(6)).toEqual({ logicalBytes: 0, physicalBytes: 0 });
  });

  test('bytes that nobody has hashed are listed until they are, or turn out to be others', async () => {
    const [known, first, second] = await insertBlobs(['m1', 's1'], ['m2', null], ['m1', null]);
    const { blobs, versions } = store().read;
    const { artifact } = await seed(store());
    const [one, two] = await store().transaction(async tx => {
      const ids: number[] = [];
      for (const blobId of [known?.id ?? 0, second?.id ?? 0]) {
        const id = tx.newId();
        await tx.versions.insertManifest({ id, createdAt: start });
        await tx.versions.putEntries(id, [entry('x', { blobId }), entry('y', { blobId: first?.id ?? 0 })]);
        await commit(tx, artifact, { manifestId: id });
        ids.push(id);
      }
      return ids as [number, number];
    });
    expect(await blobs.listUnhashed(0, 10)).toEqual([first, second]);
    expect(await blobs.listUnhashed(first?.id ?? 0, 10)).toEqual([second]);
    expect(await blobs.listUnhashedOf(one, 10)).toEqual([first]);
    expect(await blobs.findUnambiguousByMd5(['m1', 'm2'])).toEqual([]);
    expect(await versions.haveSameEntries(one, two)).toBe(false);
    await store().transaction(async tx => {
      await tx.blobs.updateBlobHashes([{ id: first?.id ?? 0, sha256: 's2', physicalKey: 'settled' }]);
      await tx.blobs.updateBlobHashes([]);
      await tx.blobs.mergeBlob(second?.id ?? 0, known?.id ?? 0);
    });
    const intoItself = store().transaction(tx => tx.blobs.mergeBlob(first?.id ?? 0, first?.id ?? 0));
    await expect(intoItself).rejects.toThrow('itself');
    expect(await blobs.listUnhashed(0, 10)).toEqual([]);
    expect(await blobs.listUnhashedOf(two, 10)).toEqual([]);
    expect(await blobs.findBlob(first?.id ?? 0)).toEqual({ ...first, sha256: 's2', physicalKey: 'settled' });
    expect(await blobs.findBlob(second?.id ?? 0)).toEqual(known);
    expect((await versions.findEntry(two, 'x'))?.blobId).toBe(known?.id);
    expect(await versions.haveSameEntries(one, two)).toBe(true);
    expect((await blobs.findUnambiguousByMd5(['m1', 'm2'])).map(({ id }) => id)).toEqual([known?.id, first?.id]);
  });

  test('who writes down bytes that turn out to be those of another blob, before or meanwhile, gets that one', async () => {
    const [known, before, meanwhile] = await insertBlobs(['m1', 's1'], ['m1', null], ['m1', null]);
    const merge = (id: number) =>
      store().transaction(async tx => {
        const [held] = await tx.blobs.findBlobs([id]);
        await tx.blobs.mergeBlob(held?.id ?? 0, known?.id ?? 0);
      });
    await merge(before?.id ?? 0);
    const manifestId = await store().transaction(async tx => {
      const id = tx.newId();
      await tx.versions.insertManifest({ id, createdAt: start });
      await tx.versions.putEntries(id, [entry('late'), entry('lacking')]);
      return id;
    });
    const written = Promise.withResolvers<void>();
    const merging = written.promise.then(() => merge(meanwhile?.id ?? 0));
    await store().transaction(async tx => {
      await tx.versions.putEntries(manifestId, [
        entry('before', { blobId: before?.id ?? 0 }),
        entry('meanwhile', { blobId: meanwhile?.id ?? 0 }),
      ]);
      const found = { blobId: before?.id ?? 0, sha256: null, size: 5 };
      await tx.versions.resolveEntries(manifestId, [{ path: 'late', ...found }]);
      written.resolve();
      await new Promise(resolve => setTimeout(resolve, 100));
    });
    await merging;
    const { items } = await store().read.versions.listEntries(manifestId, { limit: 10 });
    expect(items.map(({ path, blobId, physicalKey }) => [path, blobId, physicalKey])).toEqual([
      ['before', known?.id, known?.physicalKey],
      ['lacking', null, null],
      ['late', known?.id, known?.physicalKey],
      ['meanwhile', known?.id, known?.physicalKey],
    ]);
  });

  test('open uploads of a version come page by page, and end once', async () => {
    const { artifact, projectId } = await seed(store());
    const made = await store().transaction(async tx => {
      const pending = version(tx, artifact, {});
      await tx.versions.insertVersion(pending);
      const uploads = ['b', 'a', 'a', 'c'].map((path, i) =>
        upload(tx, projectId, { versionId: pending.id, path, touchedAt: start + i }),
      );
      await tx.blobs.insertUploads(uploads);
      await tx.blobs.insertUploads([upload(tx, projectId, { purpose: 'manifest', versionId: pending.id, path: 'm' })]);
      return { pending, uploads };
    });
    const { blobs } = store().read;
    const first = await blobs.listOpenUploads(made.pending.id, 3);
    expect(first.map(({ path }) => path)).toEqual(['a', 'a', 'b']);
    const { path, id } = first[1] ?? { path: null, id: 0 };
    const rest = await blobs.listOpenUploads(made.pending.id, 3, { path: path ?? '', id });
    expect(rest.map(one => one.path)).toEqual(['b', 'c']);
    const end = (before: number) => store().transaction(tx => tx.blobs.abortIdleUpload(id, before, start + 100));
    expect(await end(start)).toBe(false);
    expect(await end(start + 10)).toBe(true);
    expect(await end(start + 1000)).toBe(false);
    expect((await blobs.listOpenUploads(made.pending.id, 9)).map(one => one.path)).toEqual(['a', 'b', 'c']);
  });

  test('an aborted upload is listed until its key is forgotten', async () => {
    const ids = await store().transaction(async tx => {
      const uploads = ['u1', null, 'u3'].map(uploadKey => upload(tx, 1, { uploadKey }));
      await tx.blobs.insertUploads(uploads);
      for (const { id } of uploads) await tx.blobs.updateUpload(id, { state: 'aborted' });
      await tx.blobs.insertUploads([upload(tx, 1, { uploadKey: 'open' })]);
      return uploads.map(({ id }) => id);
    });
    const [first, , third] = ids;
    const { blobs } = store().read;
    const both = [
      { id: first, uploadKey: 'u1' },
      { id: third, uploadKey: 'u3' },
    ];
    expect(await blobs.listAbortedUploads(0, 9)).toEqual(both);
    expect(await blobs.listAbortedUploads(0, 1)).toEqual(both.slice(0, 1));
    expect(await blobs.listAbortedUploads(first ?? 0, 9)).toEqual(both.slice(1));
    await store().transaction(tx => tx.blobs.updateUpload(first ?? 0, { uploadKey: null }));
    expect(await blobs.listAbortedUploads(0, 9)).toEqual(both.slice(1));
  });
}

import { expect, test } from 'vitest';
import { comparePaths } from '../../../../packages/server/src/domain/manifests.ts';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { blob, entry, readAll, seed, start, version } from '../sample-records.ts';

export function manifestsSuite(store: () => MetadataStore): void {
  async function insertManifest(): Promise<number> {
    return await store().transaction(async tx => {
      const id = tx.newId();
      await tx.versions.insertManifest({ id, createdAt: start });
      return id;
    });
  }

  test('entries come back in the order of their UTF-8 bytes, whatever order they came in', async () => {
    const id = await insertManifest();
    // UTF-16 would put the astral 𐀀 (D800 DC00) before U+FFFD; UTF-8 puts it last
    const paths = [
      'a',
      'a/b',
      'a-b',
      'a.b',
      'ab',
      'é',
      'e\u0301',
      '\u{10000}',
      '\ufffd',
      'Z',
      'a/b/c',
      '0',
      '~',
      'a b',
      '\ud7ff',
      '\ue000',
    ];
    await store().transaction(tx =>
      tx.versions.putEntries(
        id,
        paths.map(path => entry(path)),
      ),
    );
    const expected = paths.toSorted(comparePaths);
    const { versions } = store().read;
    const listed = async (filter?: { paths?: string[]; prefix?: string }) =>
      (await readAll(page => versions.listEntries(id, page, filter), 3)).map(each => each.path);
    expect(await listed()).toEqual(expected);
    for (const prefix of ['a', 'a/', 'é', '\u{10000}', '\ud7ff', '\ufffd', 'x', '']) {
      expect(await listed({ prefix })).toEqual(expected.filter(path => path.startsWith(prefix)));
    }
    expect(await listed({ paths: ['é', 'a', 'none'] })).toEqual(['a', 'é']);
    expect(await listed({ paths: [] })).toEqual([]);
  });

  test('manifests have so many entries, together', async () => {
    const [one, two] = [await insertManifest(), await insertManifest()];
    await store().transaction(async tx => {
      await tx.versions.putEntries(one, [entry('a'), entry('b')]);
      await tx.versions.putEntries(two, [entry('a')]);
    });
    const { versions } = store().read;
    expect(await versions.haveEntries([one], 2)).toBe(true);
    expect(await versions.haveEntries([one], 3)).toBe(false);
    expect(await versions.haveEntries([one, two], 3)).toBe(true);
    expect(await versions.haveEntries([one, two], 4)).toBe(false);
    expect(await versions.haveEntries([], 1)).toBe(false);
  });

  test('entries are added, replaced by path, resolved and sealed', async () => {
    const id = await insertManifest();
    const held = await store().transaction(async tx => {
      const held = blob(tx, '5d41402abc4b2a76b9719d911017c592', 'aa', { size: 5 });
      await tx.blobs.insertBlobs([held]);
      await tx.versions.putEntries(id, [entry('x', { size: 1 }), entry('y'), entry('x', { size: 2 })]);
      await tx.versions.putEntries(id, [
        entry('y', { extra: '{"q":1}', birthVersionId: 9 }),
        entry('r', { ref: 's3://b/k', digest: 'etag', size: 0 }),
      ]);
      return held;
    });
    const { versions } = store().read;
    await store().transaction(tx =>
      tx.versions.resolveEntries(id, [{ path: 'x', blobId: held.id, sha256: null, size: 5 }]),
    );
    const x = entry('x', { blobId: held.id });
    expect(await versions.findEntry(id, 'x')).toEqual({ ...x, physicalKey: held.physicalKey, sha256: 'aa' });
    expect(await versions.findEntry(id, 'y')).toEqual({
      ...entry('y', { extra: '{"q":1}', birthVersionId: 9 }),
      physicalKey: null,
      sha256: null,
    });
    expect(await versions.findEntry(id, 'X')).toBeUndefined();
    expect(await versions.findEntriesByDigest(id, ['XUFAKrxLKna5cZ2REBfFkg==', 'etag'])).toEqual([
      { ...x, physicalKey: held.physicalKey, sha256: 'aa' },
    ]);
    expect(await versions.findEntriesByDigest(id + 1_000, ['XUFAKrxLKna5cZ2REBfFkg=='])).toEqual([]);
    expect(await versions.findManifest(id)).toBeUndefined();
    expect(await versions.findSealedManifest('i1', 'd1')).toBeUndefined();
    const summary = { id, digest: 'd1', identity: 'i1', size: 10, fileCount: 3 };
    await store().transaction(tx => tx.versions.sealManifest(summary, start));
    expect(await versions.findManifest(id)).toEqual(summary);
    expect(await versions.findSealedManifest('i1', 'd1')).toEqual(summary);
    expect(await versions.findSealedManifest('i1', 'd2')).toBeUndefined();
    for (const work of [
      () => store().transaction(tx => tx.versions.putEntries(id, [entry('z')])),
      () =>
        store().transaction(tx =>
          tx.versions.resolveEntries(id, [{ path: 'y', blobId: held.id, sha256: null, size: 5 }]),
        ),
      () => store().transaction(tx => tx.versions.sealManifest(summary, start)),
      () => store().transaction(tx => tx.versions.deleteManifest(id, 10)),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'IMMUTABLE' });
    }
    expect(await readAll(page => versions.listEntries(id, page))).toHaveLength(3);
  });

  test('a manifest that was given up goes with its entries, slice by slice', async () => {
    const id = await insertManifest();
    const other = await insertManifest();
    await store().transaction(async tx => {
      await tx.versions.putEntries(id, [entry('x'), entry('y'), entry('z')]);
      await tx.versions.putEntries(other, [entry('x')]);
    });
    const remove = () => store().transaction(tx => tx.versions.deleteManifest(id, 2));
    expect(await remove()).toBe(false);
    expect((await readAll(page => store().read.versions.listEntries(id, page))).map(({ path }) => path)).toEqual(['z']);
    expect(await remove()).toBe(true);
    expect(await remove()).toBe(true);
    expect(await store().read.versions.findEntry(other, 'x')).toBeDefined();
    expect(await store().read.versions.findManifest(id)).toBeUndefined();
    expect(await store().read.versions.findEntry(id, 'x')).toBeUndefined();
    const late = store().transaction(tx => tx.versions.putEntries(id, [entry('x')]));
    await expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('unsealed manifests are in vain unless a pending version waits for them', async () => {
    const [lost, awaited, sealed] = [await insertManifest(), await insertManifest(), await insertManifest()];
    const { artifact } = await seed(store());
    const pending = await store().transaction(async tx => {
      const pending = version(tx, artifact, { updatedAt: start + 1 });
      await tx.versions.insertVersion(pending);
      const draft = { id: tx.newId(), versionId: pending.id, kind: 'full' as const, name: 'm', fileDigest: null };
      const begun = { baseVersionId: null, createdAt: start };
      await tx.versions.insertDraft({ ...draft, ...begun, manifestId: awaited });
      await tx.versions.insertDraft({ ...draft, ...begun, id: tx.newId(), manifestId: null });
      await tx.versions.sealManifest({ id: sealed, digest: 'd', identity: 'i', size: 0, fileCount: 0 }, start);
      return pending;
    });
    const { versions } = store().read;
    const inVain = async (before: number) =>
      (await versions.listUnsealedInVain(before, 10_000)).filter(id => [lost, awaited, sealed].includes(id));
    expect(await inVain(start)).toEqual([]);
    expect(await inVain(start + 1)).toEqual([lost]);
    await store().transaction(tx => tx.versions.updateVersion(pending.id, { state: 'expired' }));
    expect(await inVain(start + 1)).toEqual([lost, awaited]);
    expect(await versions.listUnsealedInVain(start + 1, 1)).toHaveLength(1);
  });

  test('drafts of a version', async () => {
    const { artifact } = await seed(store());
    const draft = await store().transaction(async tx => {
      const made = version(tx, artifact);
      await tx.versions.insertVersion(made);
      const draft = {
        id: tx.newId(),
        versionId: made.id,
        kind: 'incremental' as const,
        name: 'wandb_manifest.json',
        fileDigest: null,
        baseVersionId: 3,
        manifestId: null,
        createdAt: start,
      };
      await tx.versions.insertDraft(draft);
      await tx.versions.insertDraft({ ...draft, id: tx.newId(), kind: 'patch' });
      await tx.versions.updateDraft(draft.id, { fileDigest: 'f', baseVersionId: null, manifestId: 8 });
      await tx.versions.updateDraft(draft.id, {});
      return draft;
    });
    const { versions } = store().read;
    const changed = { ...draft, fileDigest: 'f', baseVersionId: null, manifestId: 8 };
    expect(await versions.findDraft(draft.id)).toEqual(changed);
    expect((await versions.listDrafts(draft.versionId)).map(each => each.kind)).toEqual(['incremental', 'patch']);
    expect(await versions.findDraft(99_999)).toBeUndefined();
  });

  test('fifty thousand entries are written, and read in order', { timeout: 180_000 }, async () => {
    const id = await insertManifest();
    const paths = Array.from({ length: 50_000 }, (_, i) => `train/${i % 100}/${i}.png`);
    for (let from = 0; from < paths.length; from += 1_000) {
      const entries = paths.slice(from, from + 1_000).map(path => entry(path));
      await store().transaction(tx => tx.versions.putEntries(id, entries));
    }
    const listed = await readAll(page => store().read.versions.listEntries(id, page), 1_000);
    expect(listed.map(each => each.path)).toEqual(paths.toSorted(comparePaths));
  });
}

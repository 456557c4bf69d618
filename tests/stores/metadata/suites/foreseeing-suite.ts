import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Alias, Collection, Membership } from '../../../../packages/server/src/domain/collections.ts';
import type { Foreseen } from '../../../../packages/server/src/ports/metadata/foreseen.ts';
import type { MetadataStore, MetadataTransaction } from '../../../../packages/server/src/ports/metadata-store.ts';
import type { OpenedStore } from '../opened-store.ts';
import { collection, entry, event, readAll, run, seed, start, version } from '../sample-records.ts';

/** What a transaction does that says beforehand what it looks at: the same as any other, however many come at once. */
export function foreseeingSuite(opened: () => OpenedStore): void {
  const store = (): MetadataStore => opened().store;

  test('many at once write each what it would alone', async () => {
    const { owner, projectId } = await seed(store());
    const { artifacts, model, runId } = await prepare(store(), projectId);
    const made = await Promise.all(
      Array.from({ length: 90 }, (_, i) => log(store(), { artifact: at(artifacts, i % 3), model, i, runId, owner })),
    );
    for (const [at, artifact] of [...artifacts, model].entries()) {
      const places = await readAll(page => store().read.collections.listMemberships(artifact.id, page), 50);
      const expected =
        at < 3 ? made.filter((_, i) => i % 3 === at).map(each => each.place) : made.map(each => each.link);
      expect(places).toEqual(expected.toSorted((a, b) => a.number - b.number));
      expect(places.map(each => each.number)).toEqual(Array.from({ length: at < 3 ? 30 : 90 }, (_, i) => i));
      expect(await store().read.collections.countMemberships(artifact.id)).toBe(places.length);

      // each move begins where the one before ended
      const latest = await store().read.collections.findAlias(artifact.id, 'latest');
      expect(latest).toMatchObject({ membershipId: places.at(-1)?.id, revision: places.length });
      const moves = await readAll(page => store().read.collections.listAliasMoves(artifact.id, page, 'latest'), 50);
      const replayed = moves.toSorted((a, b) => a.revision - b.revision);
      expect(replayed.map(({ fromNumber, toNumber }) => [fromNumber, toNumber])).toEqual(
        places.map(({ number }) => [number === 0 ? null : number - 1, number]),
      );
    }
    for (const { place, link } of made) expect(link.versionId).toBe(place.versionId);
    const ids = made.map(({ place }) => place.versionId);
    const versions = await store().read.versions.findVersions(ids);
    expect(new Set(versions.map(({ description }) => description)).size).toBe(90);
    // every third has the same files as the two before it
    expect(new Set(versions.map(({ manifestId }) => manifestId)).size).toBe(30);
    for (const { manifestId, description } of versions.slice(0, 5)) {
      const { items } = await store().read.versions.listEntries(manifestId ?? 0, { limit: 5 });
      expect(items.map(({ path, ref }) => [path, ref])).toEqual([
        ['model.bin', `s3://bucket/${Number(description) % 30}`],
      ]);
    }
    const tags = await store().read.collections.listVersionTags(ids);
    expect(tags).toHaveLength(180);
    expect(await store().read.blobs.usage(owner.id)).toMatchObject({ logicalBytes: 90 * 5 });
    const outputs = await readAll(page => store().read.runs.listOutputs(runId, page), 50);
    expect(new Set(outputs)).toEqual(new Set(ids));
    const events = await store().transaction(tx => tx.events.listUnsealed(1_000));
    expect(new Set(events.map(({ versionId }) => versionId))).toEqual(new Set(ids));
    expect(events).toHaveLength(90);
  });

  test('one that fails says why, leaves nothing, and takes no number from the others', async () => {
    const { owner, projectId } = await seed(store());
    const { artifacts, model, runId } = await prepare(store(), projectId);
    const artifact = at(artifacts, 0);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, async (_, i) =>
        log(store(), { artifact, model, i, runId, owner }, async () => {
          if (i % 5 === 2) throw new Error(`on purpose ${i}`);
        }),
      ),
    );
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [[i, outcome.reason.message]] : [],
    );
    expect(failed).toEqual([2, 7, 12, 17, 22, 27].map(i => [i, `on purpose ${i}`]));
    for (const { id } of [artifact, model]) {
      const places = await readAll(page => store().read.collections.listMemberships(id, page), 50);
      expect(places.map(each => each.number)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    }
    expect(await store().read.blobs.usage(owner.id)).toMatchObject({ logicalBytes: 24 * 5 });
    expect(await store().transaction(tx => tx.events.listUnsealed(1_000))).toHaveLength(24);
  });

  test('one that the database turns down fails alone', async () => {
    const { owner, projectId } = await seed(store());
    const { artifacts, model, runId } = await prepare(store(), projectId);
    const artifact = at(artifacts, 0);
    const first = await log(store(), { artifact, model, i: 0, runId, owner });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        log(store(), { artifact, model, i: n + 1, runId, owner }, async tx => {
          // a place with the number that another one has
          if (n === 7) await tx.collections.insertMembership({ ...first.place, id: tx.newId() });
        }),
      ),
    );
    const failed = outcomes.flatMap((outcome, n) => (outcome.status === 'rejected' ? [[n, outcome.reason.code]] : []));
    expect(failed).toEqual([[7, 'ALREADY_EXISTS']]);
    const places = await readAll(page => store().read.collections.listMemberships(artifact.id, page), 50);
    expect(places.map(each => each.number)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test('what was not foreseen is done all the same', async () => {
    const { projectId } = await seed(store());
    const { artifacts } = await prepare(store(), projectId);
    const [one, two] = [at(artifacts, 0), at(artifacts, 1)];
    const names = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        store().transaction(
          async tx => {
            if (i === 3) await tx.collections.insertCollection(collection(tx, projectId, 'made meanwhile'));
            if (i === 4) await tx.collections.addTags(one.id, ['seen']);
            if (i === 5) return tx.collections.findCollection(two.id).then(found => found?.name);
            if (i === 6) await tx.instance.getSetting('x').catch(() => {});
            // of a collection that it named, and of one that it did not
            const target = i === 7 ? two : one;
            const number = await tx.collections.takeNumber(target.id, start);
            return `${target.name} ${number}`;
          },
          foresee([{ collection: one, aliases: [] }]),
        ),
      ),
    );
    expect(names[5]).toBe(two.name);
    expect(names[7]).toBe(`${two.name} 0`);
    const others = names.filter((_, i) => i !== 5 && i !== 7);
    expect(others.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `${one.name} ${i}`).toSorted());
    expect(await store().read.collections.findCollectionByName(projectId, 'made meanwhile')).toBeDefined();
    expect(await store().read.collections.listTags([one.id])).toEqual([{ collectionId: one.id, tag: 'seen' }]);
  });

  test('a collection is found under the name that it had, and one that is gone is not', async () => {
    const { projectId } = await seed(store());
    const { artifacts } = await prepare(store(), projectId);
    const [renamed, gone, heir] = [at(artifacts, 0), at(artifacts, 1), at(artifacts, 2)];
    await store().transaction(async tx => {
      await tx.collections.updateCollection(renamed.id, { name: 'another', updatedAt: start });
      await tx.collections.deleteCollection(gone.id, start);
    });
    const find = ({ name }: Collection) =>
      store().transaction(
        async tx => (await tx.collections.findCollectionByName(projectId, name))?.id,
        foresee([{ collection: { projectId, name }, aliases: [] }]),
      );
    expect(await Promise.all([renamed, gone, heir].map(find))).toEqual([renamed.id, undefined, heir.id]);
  });

  test('of moves of one alias each sees the one before, also one from before it was taken away', async () => {
    const { projectId } = await seed(store());
    const { artifacts } = await prepare(store(), projectId);
    const artifact = at(artifacts, 0);
    const places = await store().transaction(async tx => [
      await place(tx, artifact, 'a'),
      await place(tx, artifact, 'b'),
    ]);
    const revisions = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        store().transaction(
          async tx => {
            const target = at(places, i % 2);
            if (!(await tx.collections.findMembershipIn(artifact.id, target.id))) throw new Error('no place');
            return (await point(tx, artifact, 'best', target)).revision;
          },
          foresee([{ collection: artifact, aliases: ['best'], places: places.map(({ id }) => id) }]),
        ),
      ),
    );
    expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await store().transaction(tx => tx.collections.deleteAlias(artifact.id, 'best'));
    const again = await store().transaction(
      tx => point(tx, artifact, 'best', at(places, 0)),
      foresee([{ collection: artifact, aliases: ['best'], places: places.map(({ id }) => id) }]),
    );
    expect(again.revision).toBe(41);
  });

  test('a place is found, whichever collection it was foreseen in', async () => {
    const { projectId } = await seed(store());
    const { artifacts } = await prepare(store(), projectId);
    const [one, two] = [at(artifacts, 0), at(artifacts, 1)];
    const placed = await store().transaction(tx => place(tx, one, 'a'));
    const find = (within: Collection) =>
      store().transaction(
        tx => tx.collections.findMembershipIn(within.id, placed.id),
        foresee([{ collection: two, aliases: [], places: [placed.id] }]),
      );
    expect(await Promise.all([one, two].map(find))).toEqual([placed, undefined]);
  });

  test('it cannot use the root of the store, nor be used when it is over', async () => {
    const { projectId } = await seed(store());
    const { artifacts } = await prepare(store(), projectId);
    const foreseen = foresee([{ collection: at(artifacts, 0), aliases: [] }]);
    const misuse = store().transaction(() => store().read.accounts.countUsers(), foreseen);
    await expect(misuse).rejects.toThrow(/inside a transaction/);
    const kept: MetadataTransaction[] = [];
    await store().transaction(async tx => void kept.push(tx), foreseen);
    for (const tx of kept) {
      await expect(tx.collections.takeNumber(at(artifacts, 0).id, start)).rejects.toThrow();
      await expect(tx.instance.putSetting('x', '1')).rejects.toThrow();
    }
    expect(await store().transaction(tx => tx.collections.takeNumber(at(artifacts, 0).id, start))).toBe(0);
  });

  test('a store that closes finishes those that came', async () => {
    const { projectId } = await seed(store());
    const { artifacts } = await prepare(store(), projectId);
    const numbers = Array.from({ length: 100 }, (_, i) =>
      store().transaction(
        async tx => {
          if (i === 50) await tx.collections.findCollection(at(artifacts, 1).id);
          return tx.collections.takeNumber(at(artifacts, 0).id, start);
        },
        foresee([{ collection: at(artifacts, 0), aliases: [] }]),
      ),
    );
    await pause(1);
    const closing = store().close();
    expect((await Promise.all(numbers)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await closing;
    const late = store().transaction(async () => {}, foresee([]));
    await expect(late).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
}

interface Logged {
  artifact: Collection;
  model: Collection;
  runId: number;
  owner: { id: number };
  i: number;
}

/** Commits a version of one reference and links it, as the services do. */
async function log(
  store: MetadataStore,
  { artifact, model, runId, owner, i }: Logged,
  last: (tx: MetadataTransaction) => Promise<void> = async () => {},
): Promise<{ place: Membership; link: Membership }> {
  const digest = `contents ${i}`;
  const files = { identity: `files ${i % 30}`, digest: `files ${i % 30}` };
  return store.transaction(
    async tx => {
      const found = await tx.collections.findCollectionByName(artifact.projectId, artifact.name);
      if (found?.id !== artifact.id) throw new Error('no artifact');
      if (await tx.versions.findCommittedByDigest(artifact.id, digest)) throw new Error('the same contents');
      let manifest = await tx.versions.findSealedManifest(files.identity, files.digest);
      if (!manifest) {
        manifest = { id: tx.newId(), ...files, size: 5, fileCount: 1 };
        const entries = [entry('model.bin', { ref: `s3://bucket/${i % 30}` })];
        await tx.versions.insertSealedManifest(manifest, entries, start);
      }
      const placed = await place(tx, artifact, digest, {
        manifestId: manifest.id,
        description: `${i}`,
        createdByRun: runId,
      });
      await point(tx, artifact, 'latest', placed);
      await tx.collections.addVersionTags(placed.versionId, ['a', `tag ${i}`]);
      await tx.runs.addOutput(runId, placed.versionId, start);
      await tx.events.insertEvent(event(tx, { versionId: placed.versionId }));
      const target = await tx.collections.findCollectionByName(model.projectId, model.name);
      if (target?.id !== model.id) throw new Error('no model');
      const link = { ...placed, id: tx.newId(), collectionId: model.id };
      link.number = await tx.collections.takeNumber(model.id, start);
      await tx.collections.insertMembership(link);
      await point(tx, model, 'latest', link);
      await tx.blobs.addUsage(owner.id, { logicalBytes: 5 });
      await last(tx);
      return { place: placed, link };
    },
    foresee(
      [
        { collection: artifact, aliases: ['latest'], digest },
        { collection: model, aliases: ['latest'] },
      ],
      files,
    ),
  );
}

function foresee(
  collections: {
    collection: Pick<Collection, 'projectId' | 'name'>;
    aliases: string[];
    digest?: string;
    places?: number[];
  }[],
  manifest?: Foreseen['manifest'],
): Foreseen {
  return {
    collections: collections.map(({ collection: { projectId, name }, ...rest }) => ({ projectId, name, ...rest })),
    manifest,
  };
}

async function prepare(store: MetadataStore, projectId: number) {
  return store.transaction(async tx => {
    const artifacts = [];
    for (const name of ['one', 'two', 'three']) {
      const made = collection(tx, projectId, name);
      await tx.collections.insertCollection(made);
      artifacts.push(made);
    }
    const model = collection(tx, projectId, 'model', { kind: 'registered_model' });
    await tx.collections.insertCollection(model);
    const trained = run(tx, projectId, 'trained');
    await tx.runs.insertRun(trained);
    return { artifacts, model, runId: trained.id };
  });
}

/** A committed version in its place. */
async function place(
  tx: MetadataTransaction,
  artifact: Collection,
  digest: string,
  changes: Partial<Parameters<typeof version>[2]> = {},
): Promise<Membership> {
  const number = await tx.collections.takeNumber(artifact.id, start);
  const made = version(tx, artifact, { state: 'committed', number, digest, committedAt: start, ...changes });
  await tx.versions.insertVersion(made, [{ key: 'accuracy', number, text: null }]);
  const placed = {
    ...{ id: tx.newId(), collectionId: artifact.id, versionId: made.id, number },
    ...{ createdBy: null, createdAt: start },
  };
  await tx.collections.insertMembership(placed);
  return placed;
}

async function point(tx: MetadataTransaction, of: Collection, alias: string, target: Membership): Promise<Alias> {
  const found = await tx.collections.findAliasWithPlace(of.id, alias);
  const revision = (found?.alias.revision ?? (await tx.collections.findLastRevision(of.id, alias))) + 1;
  const moved = {
    ...{ id: found?.alias.id ?? tx.newId(), collectionId: of.id, alias },
    ...{ membershipId: target.id, versionId: target.versionId, revision, updatedAt: start },
  };
  await tx.collections.putAlias(moved);
  await tx.collections.insertAliasMove({
    ...{ id: tx.newId(), collectionId: of.id, alias, revision },
    ...{ fromVersionId: found?.place?.versionId ?? null, fromNumber: found?.place?.number ?? null },
    ...{ toVersionId: target.versionId, toNumber: target.number },
    ...{ userId: null, keyId: null, requestId: null, reason: null, at: start },
  });
  return moved;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${index}`);
  return found;
}

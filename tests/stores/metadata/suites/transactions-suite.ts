import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { MetadataStore, MetadataTransaction } from '../../../../packages/server/src/ports/metadata-store.ts';
import type { DurableStore, OpenedStore } from '../opened-store.ts';
import { collection, commit, entity, insertProject, readAll, seed, start } from '../sample-records.ts';

/** For stores whose data outlive the process and can be opened by several. */
export function durabilitySuite(opened: () => DurableStore): void {
  const store = (): MetadataStore => opened().store;

  test('two servers on one database never give the same id or number', async () => {
    const { openAnother } = opened();
    const another = await openAnother();
    const { artifact } = await seed(store());
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 ? another : store()).transaction(async tx => {
          const ids = Array.from({ length: 300 }, () => tx.newId());
          return { ids, number: await tx.collections.takeNumber(artifact.id, start) };
        }),
      ),
    );
    const ids = made.flatMap(each => each.ids);
    expect(new Set(ids).size).toBe(12_000);
    expect(made.map(each => each.number).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    await another.close();
  });

  test('what was committed is there when the data is opened again, and ids go on', async () => {
    const { reopen } = opened();
    const { owner, projectId, artifact } = await seed(store());
    await store().transaction(tx => commit(tx, artifact, { digest: 'd' }));
    const again = await reopen();
    await again.migrate();
    expect(await again.read.accounts.findEntity(owner.id)).toEqual(owner);
    expect((await again.read.collections.findCollection(artifact.id))?.name).toBe('classifier');
    expect(await again.read.versions.findCommittedByDigest(artifact.id, 'd')).toBeDefined();
    await again.transaction(async tx => {
      expect(tx.newId()).toBeGreaterThan(artifact.id);
      expect(await insertProject(tx, owner.id, 'next')).toBeGreaterThan(projectId);
      expect(await tx.collections.takeNumber(artifact.id, start)).toBe(1);
    });
  });
}

export function transactionsSuite(opened: () => OpenedStore): void {
  const store = (): MetadataStore => opened().store;

  test('64 transactions at once take dense numbers', async () => {
    const { artifact } = await seed(store());
    const numbers = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        store().transaction(async tx => {
          const { membership } = await commit(tx, artifact, { digest: `d${i}` });
          if (i % 8 === 0) await pause(1);
          return membership.number;
        }),
      ),
    );
    // which of them comes first is for the database to say
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    const listed = await readAll(page => store().read.collections.listMemberships(artifact.id, page), 10);
    expect(listed.map(each => each.number)).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  test('one that is refused for what another wrote is told so only when readers see that', async () => {
    const { owner } = await seed(store());
    const insert = () => store().transaction(tx => insertProject(tx, owner.id, 'same'));
    const seen = () => store().read.projects.findProjectByName(owner.name, 'same');
    const told = await Promise.all(
      Array.from({ length: 8 }, () =>
        insert().then(
          async () => ['inserted', (await seen())?.name],
          async error => [error.code, (await seen())?.name],
        ),
      ),
    );
    expect(told.sort()).toEqual([...Array(7).fill(['ALREADY_EXISTS', 'same']), ['inserted', 'same']]);
  });

  test('a transaction that throws leaves nothing, and its numbers are taken by others', async () => {
    const { artifact } = await seed(store());
    const failing = store().transaction(async tx => {
      await commit(tx, artifact);
      await tx.instance.putSetting('x', '1');
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await store().read.instance.getSetting('x')).toBeUndefined();
    expect(await store().read.collections.countMemberships(artifact.id)).toBe(0);
    expect(await store().transaction(tx => tx.collections.takeNumber(artifact.id, start))).toBe(0);
  });

  test('an error of the database ends the transaction, even where it is caught', async () => {
    const { owner } = await seed(store());
    const work = store().transaction(async tx => {
      await tx.instance.putSetting('x', '1');
      await tx.accounts.insertEntity({ ...entity(tx, 'weighhouse') }).catch(() => {});
      return 'went on';
    });
    await expect(work).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const further = store().transaction(async tx => {
      await tx.accounts.insertEntity({ ...entity(tx, 'weighhouse') }).catch(() => {});
      await tx.instance.putSetting('x', '1');
    });
    await expect(further).rejects.toThrow();
    expect(await store().read.instance.getSetting('x')).toBeUndefined();
    expect((await store().read.accounts.findEntityByName('weighhouse'))?.id).toBe(owner.id);
  });

  test('a write that the database refuses rejects the transaction, wherever in it that comes out', async () => {
    const { artifact } = await seed(store());
    const { membership } = await store().transaction(tx => commit(tx, artifact));
    const again = (tx: MetadataTransaction) => tx.collections.insertMembership({ ...membership, id: tx.newId() });
    const works: Record<string, (tx: MetadataTransaction) => Promise<unknown>> = {
      last: again,
      'before a read': tx => again(tx).then(() => tx.collections.findCollection(artifact.id)),
      'before a write': tx => again(tx).then(() => tx.instance.putSetting('x', '1')),
      'before a pause': tx => again(tx).then(() => pause(50)),
      'before a pause and a read': async tx => {
        await again(tx);
        await pause(50);
        await tx.collections.findCollection(artifact.id);
      },
      caught: tx =>
        again(tx)
          .then(() => tx.collections.findCollection(artifact.id))
          .catch(() => {}),
    };
    for (const [where, work] of Object.entries(works)) {
      const begun = store().transaction(async tx => {
        await tx.instance.putSetting('kept', where);
        await work(tx);
      });
      await expect(begun, where).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    expect(await store().read.instance.getSetting('kept')).toBeUndefined();
    expect(await store().transaction(tx => tx.collections.takeNumber(artifact.id, start))).toBe(1);
  });

  test('what runs beside a transaction does not see it before it is done', async () => {
    const { projectId } = await seed(store());
    const names = async () =>
      (await readAll(page => store().read.collections.listCollections([projectId], {}, 'name', page))).map(
        each => each.name,
      );
    const seen: string[][] = [];
    const writing = store().transaction(async tx => {
      await tx.collections.insertCollection(collection(tx, projectId, 'half'));
      await pause(20);
      await tx.collections.insertCollection(collection(tx, projectId, 'whole'));
    });
    await pause(5);
    const beside = names().then(found => seen.push(found));
    await writing;
    await beside;
    seen.push(await names());
    for (const found of seen) expect([1, 3]).toContain(found.length);
    expect(seen.at(-1)).toEqual(['classifier', 'half', 'whole']);
  });

  test('lists stay whole while others write', async () => {
    const { projectId } = await seed(store());
    const writing = Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        store().transaction(tx =>
          tx.collections.insertCollection(collection(tx, projectId, `m${String(i).padStart(3, '0')}`)),
        ),
      ),
    );
    for (let round = 0; round < 5; round++) {
      const found = await readAll(page => store().read.collections.listCollections([projectId], {}, 'name', page), 7);
      expect(new Set(found.map(each => each.id)).size).toBe(found.length);
      expect(found.map(each => each.name)).toEqual(found.map(each => each.name).toSorted());
    }
    await writing;
  });

  test('inside a transaction the root of the store is out of bounds', async () => {
    await seed(store());
    const misuse: ((tx: MetadataTransaction) => Promise<unknown>)[] = [
      () => store().read.accounts.countUsers(),
      () => store().read.collections.listCollections([1], {}, 'name', { limit: 1 }),
      () => store().transaction(async () => {}),
      () => store().migrate(),
      () => store().checkWritable(),
      async () => {
        await pause(1);
        return Promise.all([store().read.events.findLastSealed()]);
      },
    ];
    for (const work of misuse) await expect(store().transaction(work)).rejects.toThrow(/inside a transaction/);
    expect(await store().read.accounts.countUsers()).toBe(0);
  });

  test('work begun in a transaction and left behind may use the store once it is over', async () => {
    let left: Promise<number> | undefined;
    await store().transaction(async () => {
      left = pause(20).then(() => store().read.accounts.countUsers());
    });
    expect(await left).toBe(0);
  });

  test('a transaction cannot be used when it is over', async () => {
    let kept: MetadataTransaction | undefined;
    await store().transaction(async tx => {
      kept = tx;
    });
    await expect(kept?.instance.putSetting('x', '1')).rejects.toThrow();
    await store().transaction(async tx => {
      await expect(kept?.instance.putSetting('x', '1')).rejects.toThrow();
      await tx.instance.putSetting('y', '1');
    });
    expect(await store().read.instance.getSetting('x')).toBeUndefined();
    expect(await store().read.instance.getSetting('y')).toBe('1');
  });

  test('queries left behind by a failed one do not slip into the next transaction', async () => {
    await seed(store());
    const stray: Promise<string>[] = [];
    const failing = store().transaction(async tx => {
      const first = tx.accounts.insertEntity(entity(tx, 'weighhouse'));
      for (let i = 0; i < 20; i++) {
        const left = tx.instance.putSetting(`stray${i}`, '1');
        stray.push(
          left.then(
            () => 'done',
            () => 'refused',
          ),
        );
      }
      await first;
    });
    const next = store().transaction(tx => tx.instance.putSetting('next', '1'));
    await expect(failing).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await next;
    expect(await Promise.all(stray)).toEqual(Array(20).fill('refused'));
    for (let i = 0; i < 20; i++) expect(await store().read.instance.getSetting(`stray${i}`)).toBeUndefined();
    expect(await store().read.instance.getSetting('next')).toBe('1');
  });

  test('ids are fresh and begin at 1; 2,000 of them are there for one transaction', async () => {
    const first = await store().transaction(async tx => [tx.newId(), tx.newProjectId()]);
    expect(first).toEqual([1, 1]);
    const seen = new Set<number>([1]);
    for (let round = 0; round < 5; round++) {
      await store().transaction(async tx => {
        for (let i = 0; i < 2_000; i++) seen.add(tx.newId());
      });
    }
    expect(seen.size).toBe(10_001);
    const greedy = store().transaction(async tx => {
      for (let i = 0; i < 100_000; i++) tx.newId();
    });
    await expect(greedy).rejects.toThrow(/several transactions/);
    const projects = new Set<number>();
    for (let round = 0; round < 20; round++) await store().transaction(async tx => projects.add(tx.newProjectId()));
    expect(projects.size).toBe(20);
    expect(Math.max(...projects)).toBeLessThan(200);
  });

  test('migrating again changes nothing, and a store can say whether it can write', async () => {
    const { artifact } = await seed(store());
    await store().migrate();
    await store().checkWritable();
    expect(await store().read.collections.findCollection(artifact.id)).toEqual(artifact);
    expect(store().name).not.toBe('');
  });

  test('a store that closes finishes what runs and takes nothing more', async () => {
    await seed(store());
    const running = store().transaction(async tx => {
      await pause(10);
      await tx.instance.putSetting('x', '1');
    });
    const closing = store().close();
    await expect(store().transaction(async () => {})).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await running;
    await closing;
    await store().close();
  });
}

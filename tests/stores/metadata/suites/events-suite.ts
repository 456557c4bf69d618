import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { event, readAll, start } from '../sample-records.ts';

export function eventsSuite(store: () => MetadataStore): void {
  test('events are sealed into one sequence, an event that comes late goes to the end', async () => {
    const made = await store().transaction(async tx => {
      const subject = {
        actorUserId: 1,
        actorKeyId: 2,
        requestId: 'r',
        entityId: 3,
        projectId: 4,
        collectionId: 5,
        versionId: 6,
      };
      const made = [
        event(tx),
        event(tx, { ...subject, type: 'alias.set', at: start + 1, details: { alias: 'ä', to: 3 } }),
        event(tx),
      ];
      // the first took its id, but its transaction is not over yet
      for (const each of made.slice(1)) await tx.events.insertEvent(each);
      return made;
    });
    const [late, second, third] = made;
    const { events } = store().read;
    expect(await events.findLastSealed()).toBeUndefined();
    expect(await events.listUnsealed(10)).toEqual([second, third]);
    expect(await events.listUnsealed(1)).toEqual([second]);
    expect((await events.listEvents({ limit: 5 })).items).toEqual([]);
    await store().transaction(async tx => {
      await tx.events.sealEvents([
        { id: second?.id ?? 0, sequence: 1, hash: 'h1' },
        { id: third?.id ?? 0, sequence: 2, hash: 'h2' },
      ]);
    });
    await store().transaction(async tx => {
      if (late) await tx.events.insertEvent(late);
    });
    expect(await events.listUnsealed(10)).toEqual([late]);
    expect(await events.findLastSealed()).toEqual({ sequence: 2, hash: 'h2' });
    await store().transaction(tx => tx.events.sealEvents([{ id: late?.id ?? 0, sequence: 3, hash: 'h3' }]));
    expect(await readAll(page => events.listEvents(page))).toEqual([
      { ...second, sequence: 1, hash: 'h1' },
      { ...third, sequence: 2, hash: 'h2' },
      { ...late, sequence: 3, hash: 'h3' },
    ]);
    expect((await events.listEvents({ limit: 5, after: [2] })).items.map(each => each.id)).toEqual([late?.id]);
  });

  test('an event is sealed once, and a place given once', async () => {
    const [first, second] = await store().transaction(async tx => {
      const made = [event(tx), event(tx)];
      for (const each of made) await tx.events.insertEvent(each);
      return made;
    });
    const seal = (id: number | undefined, sequence: number) =>
      store().transaction(tx => tx.events.sealEvents([{ id: id ?? 0, sequence, hash: `h${sequence}` }]));
    await seal(first?.id, 1);
    await expect(seal(first?.id, 2)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(seal(second?.id, 1)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store().read.events.findLastSealed()).toEqual({ sequence: 1, hash: 'h1' });
  });

  test('events are sealed together or not at all', async () => {
    const [first, second] = await store().transaction(async tx => {
      const made = [event(tx), event(tx)];
      for (const each of made) await tx.events.insertEvent(each);
      return made;
    });
    const seal = (ids: (number | undefined)[], from: number) =>
      store().transaction(tx =>
        tx.events.sealEvents(ids.map((id, i) => ({ id: id ?? 0, sequence: from + i, hash: `h${from + i}` }))),
      );
    await seal([first?.id], 1);
    await expect(seal([second?.id, first?.id], 2)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await store().read.events.listUnsealed(5)).toEqual([second]);
  });

  test('a transaction sees its own events before it ends', async () => {
    const seen = await store().transaction(async tx => {
      const made = event(tx);
      await tx.events.insertEvent(made);
      return { made, unsealed: await tx.events.listUnsealed(5) };
    });
    expect(seen.unsealed).toEqual([seen.made]);
  });
}

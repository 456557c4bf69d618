import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AliasMove, Collection } from '../../../packages/server/src/domain/collections.ts';
import type { MetadataStore, MetadataTransaction } from '../../../packages/server/src/ports/metadata-store.ts';
import { openPostgresMetadataStore } from '../../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { borrowDatabase, makeDatabase, type TestDatabase } from '../../support/postgres.ts';
import { query } from '../../support/postgres-database.ts';
import { commit, insertUser, readAll, seed, start } from './sample-records.ts';

let database: TestDatabase;
/** two servers on one database */
let stores: [MetadataStore, MetadataStore];

beforeEach(async () => {
  database = await borrowDatabase();
  const open = () => openPostgresMetadataStore({ url: database.url, connections: 12 });
  stores = [open(), open()];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await database.release();
});

interface Deed {
  digest: string;
  number: number;
  revision: number;
  began: number;
  ended: number;
}

/** Commits a version and points `latest` at it, as the services do: the revision follows from what is read. */
async function commitAndMove(tx: MetadataTransaction, artifact: Collection, digest: string) {
  const { version, membership } = await commit(tx, artifact, { digest });
  const current = await tx.collections.findAlias(artifact.id, 'latest');
  const revision = (current?.revision ?? 0) + 1;
  const target = { membershipId: membership.id, versionId: version.id, revision, updatedAt: start };
  await tx.collections.putAlias({
    id: current?.id ?? tx.newId(),
    collectionId: artifact.id,
    alias: 'latest',
    ...target,
  });
  await tx.collections.insertAliasMove({
    id: tx.newId(),
    collectionId: artifact.id,
    alias: 'latest',
    fromVersionId: current?.versionId ?? null,
    fromNumber: null,
    toVersionId: version.id,
    toNumber: membership.number,
    revision,
    userId: null,
    keyId: null,
    requestId: null,
    reason: null,
    at: start + revision,
  });
  return { number: membership.number, revision };
}

/** Repeats where the answer was lost, as a client does: what was committed then is found, not done twice. */
async function perform(store: MetadataStore, artifact: Collection, digest: string): Promise<Deed> {
  const began = performance.now();
  for (;;) {
    try {
      const done = await store.transaction(async tx => {
        const twin = await tx.versions.findCommittedByDigest(artifact.id, digest);
        return twin ? undefined : await commitAndMove(tx, artifact, digest);
      });
      const deed = done ?? (await lookUp(store, artifact, digest));
      return { digest, ...deed, began, ended: performance.now() };
    } catch (error) {
      if (!/^(STORAGE_UNAVAILABLE|BUSY|ALREADY_EXISTS)$/.test((error as { code?: string }).code ?? '')) throw error;
      await pause(5);
    }
  }
}

async function lookUp(store: MetadataStore, artifact: Collection, digest: string) {
  for (;;) {
    try {
      const version = await store.read.versions.findCommittedByDigest(artifact.id, digest);
      const moves = await readAll(page => store.read.collections.listAliasMoves(artifact.id, page), 500);
      const move = moves.find(({ toVersionId }) => toVersionId === version?.id);
      return { number: version?.number ?? -1, revision: move?.revision ?? -1 };
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORAGE_UNAVAILABLE') throw error;
    }
  }
}

async function requireSound(artifact: Collection, deeds: Deed[]): Promise<void> {
  const { collections } = stores[1].read;
  const order = Array.from(deeds, (_, i) => i);
  expect(deeds.map(({ number }) => number).sort((a, b) => a - b)).toEqual(order);
  expect(deeds.map(({ revision }) => revision - 1).sort((a, b) => a - b)).toEqual(order);
  const memberships = await readAll(page => collections.listMemberships(artifact.id, page), 500);
  expect(memberships.map(({ number }) => number)).toEqual(order);
  expect(await collections.countMemberships(artifact.id)).toBe(deeds.length);
  // every move left where the one before it arrived, and the last one is where the alias points
  const moves = (await readAll(page => collections.listAliasMoves(artifact.id, page), 500)).toSorted(
    (a: AliasMove, b: AliasMove) => a.revision - b.revision,
  );
  expect(moves.map(({ revision }) => revision - 1)).toEqual(order);
  for (const [i, move] of moves.entries()) expect(move.fromVersionId).toBe(moves[i - 1]?.toVersionId ?? null);
  expect(await collections.findAlias(artifact.id, 'latest')).toMatchObject({
    revision: deeds.length,
    versionId: moves.at(-1)?.toVersionId,
  });
  // what was answered before another began has the lower number and revision
  for (const first of deeds) {
    for (const second of deeds) {
      if (first.ended >= second.began) continue;
      expect(first.number).toBeLessThan(second.number);
      expect(first.revision).toBeLessThan(second.revision);
    }
  }
}

test('64 writers on two servers: dense numbers, and an alias that moves in one order', async () => {
  const { artifact } = await seed(stores[0]);
  const deeds = await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      const own: Deed[] = [];
      for (let round = 0; round < 3; round++) {
        own.push(await perform(stores[writer % 2] ?? stores[0], artifact, `d${writer}.${round}`));
      }
      return own;
    }),
  );
  await requireSound(artifact, deeds.flat());
});

test('connections that are killed in the middle lose nothing that was acknowledged, and do nothing twice', async () => {
  const { artifact } = await seed(stores[0]);
  let done = false;
  let killed = 0;
  const killing = (async () => {
    while (!done) {
      const rows = await query(
        database.url,
        `select pg_terminate_backend(pid) as killed from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
           and state <> 'idle' order by random() limit 2`,
      );
      killed += rows.length;
      await pause(10);
    }
  })();
  const deeds = await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      const own: Deed[] = [];
      for (let round = 0; round < 2; round++) {
        own.push(await perform(stores[writer % 2] ?? stores[0], artifact, `d${writer}.${round}`));
      }
      return own;
    }),
  );
  done = true;
  await killing;
  expect(killed).toBeGreaterThan(3);
  await requireSound(artifact, deeds.flat());
});

test('writers of different collections do not wait for each other', async () => {
  const { artifact } = await seed(stores[0]);
  let release = () => {};
  const gate = new Promise<void>(resolve => {
    release = resolve;
  });
  const slow = stores[0].transaction(async tx => {
    await tx.collections.takeNumber(artifact.id, start);
    await gate;
  });
  await stores[0].transaction(tx => tx.instance.putSetting('beside', '1'));
  expect(await stores[1].read.collections.findCollection(artifact.id)).toEqual(artifact);
  release();
  await slow;
});

test('of two who take the last administrators away, one is refused', async () => {
  const users = await stores[0].transaction(async tx => [
    await insertUser(tx, 'ada', true),
    await insertUser(tx, 'bob', true),
  ]);
  const step = (store: MetadataStore, id: number) =>
    store.transaction(async tx => {
      if ((await tx.accounts.countAdmins(null)) <= 1) return 'refused';
      await pause(20);
      await tx.accounts.updateUser(id, { admin: false });
      return 'done';
    });
  const outcomes = await Promise.all(users.map((id, i) => step(stores[i % 2] ?? stores[0], id)));
  expect(outcomes.sort()).toEqual(['done', 'refused']);
  expect(await stores[0].read.accounts.countAdmins(null)).toBe(1);
});

test('a transaction that is chosen to end a deadlock runs again', async () => {
  const { artifact } = await seed(stores[0]);
  const other = await stores[0].transaction(tx => commit(tx, artifact));
  let runs = 0;
  let begun = 0;
  const bothBegun = Promise.withResolvers<void>();
  const cross = (store: MetadataStore, firstVersion: boolean) =>
    store.transaction(async tx => {
      runs += 1;
      const steps = [
        () => tx.versions.lockVersion(other.version.id),
        () => tx.collections.takeNumber(artifact.id, start),
      ];
      const [first, second] = firstVersion ? steps : steps.toReversed();
      await first?.();
      // neither goes on before each holds what the other wants
      begun += 1;
      if (begun === 2) bothBegun.resolve();
      await bothBegun.promise;
      await second?.();
    });
  await Promise.all([cross(stores[0], true), cross(stores[1], false)]);
  expect(runs).toBe(3);
  expect(await stores[0].transaction(tx => tx.collections.takeNumber(artifact.id, start))).toBe(3);
});

test('several servers may start on an empty database at once', async () => {
  const url = await makeDatabase();
  const starting = Array.from({ length: 4 }, () => openPostgresMetadataStore({ url, connections: 2 }));
  await Promise.all(starting.map(store => store.migrate()));
  const first = await Promise.all(
    starting.map(store =>
      store.transaction(async tx => {
        if ((await tx.accounts.countUsers()) > 0) return 'second';
        await insertUser(tx, 'admin', true);
        return 'first';
      }),
    ),
  );
  expect(first.filter(each => each === 'first')).toHaveLength(1);
  for (const store of starting) await store.close();
});

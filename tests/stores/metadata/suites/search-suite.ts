import { expect, test } from 'vitest';
import type { Collection, Membership } from '../../../../packages/server/src/domain/collections.ts';
import { type Condition, type FieldTest, meets } from '../../../../packages/server/src/domain/conditions.ts';
import { metadataRows } from '../../../../packages/server/src/domain/metadata.ts';
import { runValues } from '../../../../packages/server/src/domain/run-values.ts';
import type { Run } from '../../../../packages/server/src/domain/runs.ts';
import type { Version } from '../../../../packages/server/src/domain/versions.ts';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { collectionValues } from '../../../../packages/server/src/stores/metadata/search/collection-fields.ts';
import { versionValues } from '../../../../packages/server/src/stores/metadata/search/version-fields.ts';
import type { DurableStore } from '../opened-store.ts';
import { collection, commit, entity, insertProject, insertUser, readAll, run, start } from '../sample-records.ts';

/** Milliseconds for some thousand searches, on a machine that is busy with others. */
const patience = 180_000;

const has = (field: string, test: FieldTest): Condition => ({ kind: 'field', field, test });
const is = (field: string, ...values: unknown[]) => has(field, { operator: 'in', values });
const not = (of: Condition): Condition => ({ kind: 'not', of });
const time = (days: number) => new Date(start + days * 86_400_000).toISOString();

/** Every operator, on every kind of field, with operands that fit and that do not. */
function testsOf(...operands: unknown[]): FieldTest[] {
  return [
    { operator: 'exists' },
    { operator: 'size', count: 1 },
    { operator: 'in', values: operands },
    { operator: 'in', values: [] },
    ...operands.flatMap((value): FieldTest[] => [
      { operator: 'in', values: [value] },
      { operator: 'contains', value },
      ...(['>', '>=', '<', '<='] as const).map((is): FieldTest => ({ operator: 'compare', is, value })),
    ]),
    { operator: 'matches', pattern: /^[a-c].*[0-4]$/u },
    { operator: 'matches', pattern: /\u00e9|1/u },
    { operator: 'matches', pattern: /prod|^model-[1-3]$|fo?x/u },
    { operator: 'matches', pattern: /^x.y$/u },
    { operator: 'matches', pattern: /mod.*l-[34]/u },
  ];
}

const odd = [null, true, 0.5, 1e300, 'x\0y', '%', '_'];
const versionTests: Record<string, FieldTest[]> = {
  id: testsOf(3, '3', 'x'),
  number: testsOf(1, 'v1', 'v', 1.5, -1),
  state: testsOf('COMMITTED', 'PENDING'),
  tag: testsOf('a1', 'b2', 'é', ...odd),
  alias: testsOf('production', 'a0', 'v0', ...odd),
  digest: testsOf('digest-3', 3),
  description: testsOf('made by é', 'é', '2026-01-01T00:00', ...odd),
  size: testsOf(30, 30.5, '30', ...odd),
  createdAt: testsOf(time(3), '2026-01-04', start + 86_400_000, 'never', ...odd),
  updatedAt: testsOf(time(2)),
  metadata: testsOf('"acc"', 1),
  'metadata.acc': testsOf(0.5, 0.3, '0.5', ...odd),
  'metadata.nested.name': testsOf('n1', 'N1', 'n', ...odd),
  'metadata.list': testsOf(2, 'two', ...odd),
  'metadata.flag': testsOf(true, false, 'true', ...odd),
  'metadata.when': testsOf('2026-01-03T00:00:00Z', '2026-01-03T00:00:00.000Z', '2026'),
  'metadata.absent': testsOf(1, 'x', ...odd),
};
const collectionTests: Record<string, FieldTest[]> = {
  id: testsOf(2, '2', 'x'),
  name: testsOf('model-1', 'Model-1', 'model', ...odd),
  type: testsOf('model'),
  tag: testsOf('good', 'é', ...odd),
  description: testsOf('one of few', ...odd),
  createdAt: testsOf(time(1), '2026-01-02', 'never'),
  updatedAt: testsOf(time(1)),
};
const runTests: Record<string, FieldTest[]> = {
  name: testsOf('r1', 'R1', ...odd),
  displayName: testsOf('fox'),
  state: testsOf('running', 'finished', ...odd),
  tag: testsOf('a', 'b', ...odd),
  group: testsOf('g1', ...odd),
  jobType: testsOf('train'),
  sweep: testsOf('s'),
  user: testsOf('ada', 'bob', ...odd),
  description: testsOf('x'),
  notes: testsOf('note'),
  createdAt: testsOf(time(2), start, ...odd),
  heartbeatAt: testsOf(time(2), ...odd),
  'config.lr': testsOf(0.1, 'x', ...odd),
  'config.lr.value': testsOf(0.1),
  'summary.acc': testsOf(0.5, ...odd),
};

function conditionsOf(tests: Record<string, FieldTest[]>): Condition[] {
  const single = Object.entries(tests).flatMap(([field, ofField]) => ofField.map(test => has(field, test)));
  // each with another that is far from it, so that all operators meet all
  const pairs = single.flatMap((one, i): Condition[] => {
    const other = single[(i * 37 + 11) % single.length] ?? one;
    const third = single[(i * 53 + 29) % single.length] ?? one;
    return [
      { kind: 'all', of: [one, other] },
      { kind: 'any', of: [one, not(other)] },
      not({ kind: 'any', of: [one, { kind: 'all', of: [other, third] }] }),
    ];
  });
  return [...single, ...single.map(not), ...pairs, { kind: 'all', of: [] }, { kind: 'any', of: [] }];
}

interface Filled {
  projects: number[];
  places: { collection: Collection; membership: Membership; version: Version; tags: string[]; aliases: string[] }[];
  collections: { collection: Collection; tags: string[] }[];
}

async function fill(store: MetadataStore): Promise<Filled> {
  return await store.transaction(async tx => {
    const owner = entity(tx, 'weighhouse');
    await tx.accounts.insertEntity(owner);
    const projects = [await insertProject(tx, owner.id, 'one'), await insertProject(tx, owner.id, 'two')];
    const filled: Filled = { projects, places: [], collections: [] };
    for (let i = 0; i < 6; i++) {
      const home = collection(tx, projects[i % 2] ?? 0, `model-${i}`, {
        kind: 'registered_model',
        description: i % 3 === 0 ? null : `one of ${i % 2 === 0 ? 'few' : 'many é'}`,
        // some at the same moment
        createdAt: start + Math.floor(i / 2) * 86_400_000,
      });
      await tx.collections.insertCollection(home);
      const tags = [...(i % 2 === 0 ? ['good'] : []), ...(i % 3 === 0 ? ['é', 'old'] : [])];
      await tx.collections.addTags(home.id, tags);
      filled.collections.push({ collection: home, tags });
      for (let j = 0; j < 5; j++) filled.places.push(await place(home, i, j));
    }
    return filled;

    async function place(home: Collection, i: number, j: number): Promise<Filled['places'][number]> {
      const metadata =
        (i + j) % 6 === 0
          ? null
          : JSON.stringify({
              acc: j / 10 + 0.1,
              nested: { name: `n${j}` },
              list: j % 2 === 0 ? [1, 2, 'two'] : [],
              flag: j % 2 === 0,
              when: `2026-01-0${j + 1}T00:00:00Z`,
            });
      const { version, membership } = await commit(tx, home, {
        metadata,
        digest: `digest-${j}`,
        size: j * 10,
        description: j === 0 ? null : j === 1 ? '2026-01-01T00:00' : `made by é ${j}%`,
        createdAt: start + j * 86_400_000,
        updatedAt: start + i * 86_400_000,
      });
      await tx.versions.putMetadataRows(version.id, metadataRows(metadata));
      const tags = [
        ...(j % 2 === 0 ? [`a${j}`] : []),
        ...(i === j ? ['b2', 'é'] : []),
        ...(j === 3 ? [i % 2 ? 'xzy' : 'x\u2028y'] : []),
      ];
      if (tags.length > 0) await tx.collections.addVersionTags(version.id, tags);
      const aliases = [...(j === 4 ? ['latest'] : []), ...(j === 2 ? ['production', `a${i}`] : [])];
      for (const alias of aliases) {
        await tx.collections.putAlias({
          id: tx.newId(),
          collectionId: home.id,
          alias,
          membershipId: membership.id,
          versionId: version.id,
          revision: 1,
          updatedAt: start,
        });
      }
      return { collection: home, membership, version, tags, aliases };
    }
  });
}

export function searchSuite(store: () => MetadataStore): void {
  test(
    'finds the versions of a collection that meet a condition, and no other',
    async () => {
      const { places } = await fill(store());
      const home = places[5]?.collection.id ?? 0;
      const inside = places.filter(one => one.collection.id === home);
      const { search } = store().read;
      for (const condition of conditionsOf(versionTests)) {
        const expected = inside.filter(one => meets(condition, versionValues(one))).map(one => one.membership.number);
        const found = await search.listPlaces(home, condition, { limit: 50 }, 'number');
        const numbers = found.items.map(one => one.membership.number);
        expect(numbers, JSON.stringify(condition)).toEqual(expected);
        expect(await search.countPlaces(home, condition), JSON.stringify(condition)).toBe(expected.length);
      }
      const down = await readAll(page => search.listPlaces(home, is('state', 'COMMITTED'), page, '-number'));
      expect(down.map(one => one.membership.number)).toEqual([4, 3, 2, 1, 0]);
      const sized = await readAll(page =>
        search.listPlaces(home, not(has('tag', { operator: 'size', count: 9 })), page, 'number'),
      );
      expect(sized.map(one => one.membership.number)).toEqual([0, 1, 2, 3, 4]);
      expect((await readAll(page => search.listPlaces(home, undefined, page, 'number'))).length).toBe(5);
    },
    patience,
  );

  test(
    'finds versions over registries, newest registered model first, whatever leads to them',
    async () => {
      await findsOverRegistries(store(), store());
    },
    patience,
  );

  test(
    'finds collections that meet a condition, in every order',
    async () => {
      const { collections, projects } = await fill(store());
      const { read } = store();
      for (const condition of conditionsOf(collectionTests)) {
        const expected = collections.filter(one => meets(condition, collectionValues(one.collection, one.tags)));
        const names = expected.map(one => one.collection.name).sort();
        const what = JSON.stringify(condition);
        const found = await readAll(page => read.collections.listCollections(projects, { condition }, 'name', page), 4);
        expect(
          found.map(({ name }) => name),
          what,
        ).toEqual(names);
        const newest = await readAll(
          page => read.collections.listCollections(projects, { condition }, '-created_at', page),
          4,
        );
        expect(newest.map(({ name }) => name).sort(), what).toEqual(names);
        expect(await read.collections.countCollections(projects, { condition }), what).toBe(names.length);
      }
    },
    patience,
  );

  test(
    'finds runs that meet a condition, in both orders',
    async () => {
      const { runs, projectId, users } = await store().transaction(async tx => {
        const owner = entity(tx, 'weighhouse');
        await tx.accounts.insertEntity(owner);
        const projectId = await insertProject(tx, owner.id, 'digits');
        const [ada, bob] = [await insertUser(tx, 'ada'), await insertUser(tx, 'bob')];
        const runs: Run[] = [];
        for (let i = 0; i < 8; i++) {
          const made = run(tx, projectId, `r${i}`, {
            displayName: i % 2 === 0 ? 'fox' : 'hare',
            state: i % 3 === 0 ? 'running' : 'finished',
            tags: i % 2 === 0 ? ['a'] : ['a', 'b'],
            group: i % 3 === 0 ? null : `g${i % 3}`,
            jobType: i % 2 === 0 ? 'train' : null,
            notes: i === 3 ? 'note' : null,
            config: `{"lr": {"value": ${i === 7 ? 'NaN' : i / 10}}}`,
            summary: JSON.stringify({ acc: i / 10 }),
            userId: i % 4 === 0 ? null : i % 2 === 0 ? ada : bob,
            createdAt: start + Math.floor(i / 2) * 86_400_000,
            heartbeatAt: i % 2 === 0 ? null : start + i * 86_400_000,
          });
          await tx.runs.insertRun(made);
          runs.push(made);
        }
        return {
          runs,
          projectId,
          users: new Map([
            [ada, 'ada'],
            [bob, 'bob'],
          ]),
        };
      });
      const { search } = store().read;
      for (const condition of conditionsOf(runTests)) {
        const expected = runs.filter(one => meets(condition, runValues(one, users))).map(({ name }) => name);
        const what = JSON.stringify(condition);
        const found = await readAll(page => search.listRuns(projectId, condition, page, 'created_at'), 5);
        expect(
          found.map(({ name }) => name),
          what,
        ).toEqual(expected);
        const newest = await search.listRuns(projectId, condition, { limit: 50 }, '-created_at');
        expect(
          newest.items.map(({ name }) => name),
          what,
        ).toEqual(expected.toReversed());
        expect(await search.countRuns(projectId, condition), what).toBe(expected.length);
      }
    },
    patience,
  );
}

/** Where whatever leads to objects leads to too many. */
export function farSearchSuite(opened: () => DurableStore): void {
  test(
    'finds versions over registries by going through them',
    async () => {
      await findsOverRegistries(opened().store, await opened().openAnother({ reach: 0 }), 3);
    },
    patience,
  );
}

/** @param every how many of the conditions, one of so many */
async function findsOverRegistries(store: MetadataStore, searched: MetadataStore, every = 1): Promise<void> {
  const { places, projects } = await fill(store);
  const { search } = searched.read;
  const ordered = places.toSorted(
    (a, b) =>
      b.collection.createdAt - a.collection.createdAt ||
      b.collection.id - a.collection.id ||
      b.membership.number - a.membership.number,
  );
  const ofCollections = conditionsOf(collectionTests);
  const tags = new Map(places.map(one => [one.collection.id, [] as string[]]));
  for (const { collectionId, tag } of await store.read.collections.listTags([...tags.keys()]))
    tags.get(collectionId)?.push(tag);
  const ids = (found: { membership: Membership }[]) => found.map(one => one.membership.id);
  for (const [i, versions] of conditionsOf(versionTests).entries()) {
    if (i % every !== 0) continue;
    const collections = ofCollections[(i * 17) % ofCollections.length];
    const asked = {
      projectIds: projects,
      kind: 'registered_model' as const,
      versions,
      ...(i % 3 > 0 && { collections }),
    };
    const expected = ordered.filter(
      one =>
        meets(versions, versionValues(one)) &&
        (!asked.collections ||
          meets(asked.collections, collectionValues(one.collection, tags.get(one.collection.id) ?? []))),
    );
    const what = JSON.stringify(asked);
    expect(ids((await search.searchPlaces(asked, { limit: 100 })).items), what).toEqual(ids(expected));
    if (i % 10 === 0)
      expect(ids(await readAll(page => search.searchPlaces(asked, page), 3)), what).toEqual(ids(expected));
  }
  const everything = { projectIds: projects, kind: 'registered_model' as const };
  expect(ids(await readAll(page => search.searchPlaces(everything, page), 4))).toEqual(ids(ordered));
  const elsewhere = { ...everything, projectIds: projects.slice(0, 1), versions: is('tag', 'a2') };
  const there = ordered.filter(one => one.collection.projectId === projects[0] && one.tags.includes('a2'));
  expect(ids((await search.searchPlaces(elsewhere, { limit: 100 })).items)).toEqual(ids(there));
  expect(
    (await search.searchPlaces({ ...everything, kind: 'artifact', versions: is('tag', 'a2') }, { limit: 9 })).items,
  ).toEqual([]);
  await expect(search.searchPlaces(everything, { limit: 1, after: ['x', 1, 2] })).rejects.toMatchObject({
    code: 'INVALID_CURSOR',
  });
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sqliteMatches } from '../../../packages/server/src/stores/metadata/dialect.ts';
import { openSqliteMetadataStore } from '../../../packages/server/src/stores/metadata/open-sqlite-metadata-store.ts';
import { counts, countsInOneOfSeveral, hot, others, pages, writes } from './query-plan-questions.ts';

let folder: string;
let database: BetterSqlite3.Database;
let store: ReturnType<typeof openSqliteMetadataStore>;
const seen: { sql: string; parameters: readonly unknown[] }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-plans-'));
  const file = join(folder, 'metadata.db');
  store = openSqliteMetadataStore({ file, trace: (sql, parameters) => seen.push({ sql, parameters }) });
  await store.migrate();
  database = new BetterSqlite3(file, { readonly: true });
  // for the plan alone
  database.function(sqliteMatches, { deterministic: true }, (_source, _text) => 0);
});

afterAll(async () => {
  database.close();
  await store.close();
  await rm(folder, { recursive: true });
});

async function plansOf(question: () => Promise<unknown>): Promise<string[][]> {
  seen.length = 0;
  await question();
  return seen
    .filter(({ sql }) => /^(select|with|update|delete)/.test(sql))
    .map(({ sql, parameters }) => {
      const rows = database.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...parameters);
      return rows.map(row => row.detail);
    });
}

/**
 * `json_each` is the list of a parameter, a subquery or a `with` was planned by lines of its own, and an index of few
 * rows (what is not sealed yet, who is administrator) may be read as a whole.
 */
function scans(plan: string[]): string[] {
  return plan.filter(line =>
    /^SCAN (?!json_each|holders|few$|leads$|staged$|\(subquery|\w+ USING INDEX (events_unsealed|users_admins)$)/.test(
      line,
    ),
  );
}

for (const [name, question] of Object.entries(hot)) {
  test(`hot: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans).toHaveLength(1);
    expect(plans.flatMap(scans)).toEqual([]);
  });
}

for (const [name, question] of Object.entries(pages)) {
  test(`page: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans).toHaveLength(1);
    expect(plans.flatMap(scans)).toEqual([]);
    expect(plans.flat().filter(line => line.includes('TEMP B-TREE'))).toEqual([]);
  });
}

for (const [name, question] of Object.entries({ ...counts, ...countsInOneOfSeveral })) {
  test(`count: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans).toHaveLength(1);
    expect(plans.flat().filter(line => line.startsWith('SEARCH'))).toEqual([
      expect.stringMatching(/ USING COVERING INDEX /),
    ]);
  });
}

for (const [name, question] of Object.entries(others)) {
  test(`other: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(scans)).toEqual([]);
  });
}

for (const [name, work] of Object.entries(writes)) {
  test(`write: ${name}`, async () => {
    const plans = await plansOf(() => store.transaction(work));
    expect(plans.flatMap(scans)).toEqual([]);
  });
}

test('the few collections that an index led to are looked up, in whatever order they are listed', async () => {
  for (const filter of [{ nameContains: 'resnet' }, { tags: ['a', 'b'] }, { names: ['a'] }]) {
    const plans = await plansOf(async () => {
      await store.read.collections.listCollections([1], filter, 'name', { limit: 10 });
      await store.read.collections.countCollections([1], filter);
    });
    const lists = plans.filter(plan => plan.some(line => line.startsWith('SEARCH c ')));
    expect(lists.at(-1)?.[0]).toMatch(/^SEARCH c USING INTEGER PRIMARY KEY/);
    expect(plans.flat().join()).not.toMatch(/collections_(by_)?(name|creation|type|update) \(project_id/);
  }
});

test('parameters do not make SQLite plan a statement anew', async () => {
  seen.length = 0;
  for (const question of Object.values({ ...hot, ...pages, ...others })) await question(store.read);
  expect(seen.map(({ sql }) => sql).filter(sql => /(?<!\+)\?/.test(sql))).toEqual([]);
});

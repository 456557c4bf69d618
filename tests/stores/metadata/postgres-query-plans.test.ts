import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresMetadataStore } from '../../../packages/server/src/stores/metadata/open-postgres-metadata-store.ts';
import { makeDatabase } from '../../support/postgres.ts';
import { counts, hot, others, pages, writes } from './query-plan-questions.ts';
import { collection, seed } from './sample-records.ts';

let store: ReturnType<typeof openPostgresMetadataStore>;
let client: pg.Client;
const seen: { sql: string; parameters: readonly unknown[] }[] = [];

beforeAll(async () => {
  // One of its own: of tables that others filled and emptied the planner remembers how large they were.
  const url = await makeDatabase({ migrated: true });
  store = openPostgresMetadataStore({
    url,
    connections: 2,
    trace: (sql, parameters) => seen.push({ sql, parameters }),
  });
  await insertCollections(500);
  client = new pg.Client({ connectionString: url });
  await client.connect();
  // an index is enough only where it is known that everybody sees the rows it leads to
  await client.query('vacuum (analyze) collections, collection_tags');
  // Of empty tables the planner reads all and sorts: made as dear as can be, what is left of that cannot be avoided.
  // The plan without the values is the one that named statements come to have.
  // An incremental sort stays: it goes along an index and orders what shares a name, of which there is one.
  for (const way of ['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin', 'hashagg']) {
    await client.query(`set enable_${way} = off`);
  }
  await client.query('set plan_cache_mode = force_generic_plan');
});

afterAll(async () => {
  await client.end();
  await store.close();
});

async function insertCollections(count: number): Promise<void> {
  const { projectId } = await seed(store);
  await store.transaction(async tx => {
    for (let i = 0; i < count; i += 1) {
      const made = collection(tx, projectId, `collection ${i}`);
      await tx.collections.insertCollection(made);
      await tx.collections.addTags(made.id, ['a', `tag ${i}`]);
    }
  });
}

async function plansOf(question: () => Promise<unknown>): Promise<string[][]> {
  seen.length = 0;
  await question();
  const statements = seen.filter(
    ({ sql }) => /^(select|with|update|delete)/.test(sql) && !/^select pg_advisory/.test(sql),
  );
  const plans: string[][] = [];
  for (const { sql, parameters } of statements) {
    await client.query(`prepare asked as ${sql}`);
    const values = parameters.length === 0 ? '' : `(${parameters.map(literal).join(', ')})`;
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute asked${values}`);
    await client.query('deallocate asked');
    plans.push(rows.map(row => row['QUERY PLAN']));
  }
  return plans;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map(each => JSON.stringify(each)).join(',')}}`);
  return value === null ? 'null' : pg.escapeLiteral(String(value));
}

const scans = (plan: string[]) => plan.filter(line => /Seq Scan/.test(line));
const sorts = (plan: string[]) => plan.filter(line => /(^|->\s+)Sort /.test(line));

for (const [name, question] of Object.entries(hot)) {
  test(`hot: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans).toHaveLength(1);
    expect(plans.flatMap(scans), plans.flat().join('\n')).toEqual([]);
  });
}

for (const [name, question] of Object.entries(pages)) {
  test(`page: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans).toHaveLength(1);
    expect(plans.flatMap(scans), plans.flat().join('\n')).toEqual([]);
    expect(plans.flatMap(sorts), plans.flat().join('\n')).toEqual([]);
  });
}

for (const [name, question] of Object.entries(counts)) {
  test(`count: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans).toHaveLength(1);
    expect(plans.flat().filter(line => / on /.test(line))).toEqual([expect.stringMatching(/Index Only Scan/)]);
  });
}

for (const [name, question] of Object.entries(others)) {
  test(`other: ${name}`, async () => {
    const plans = await plansOf(() => question(store.read));
    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(scans), plans.flat().join('\n')).toEqual([]);
  });
}

for (const [name, work] of Object.entries(writes)) {
  test(`write: ${name}`, async () => {
    const plans = await plansOf(() => store.transaction(work));
    expect(plans.flatMap(scans), plans.flat().join('\n')).toEqual([]);
  });
}

import { afterEach, beforeEach, expect, test } from 'vitest';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
});
afterEach(() => registry.close());

function start(name: string, changes = {}) {
  return registry.services.runs.upsert(registry.admin, 'research', 'digits', name, changes);
}

test('a run keeps what its client sends; null leaves what is there', async () => {
  const config = '{"lr": {"value": 0.1}, "limit": {"value": Infinity}}';
  const started = await start('r1', {
    config,
    tags: ['a'],
    jobType: 'train',
    group: 'g',
    notes: 'n',
    displayName: 'first try',
  });
  expect(started).toMatchObject({
    inserted: true,
    run: { config, tags: ['a'], jobType: 'train', group: 'g', displayName: 'first try', state: 'running' },
  });
  expect(await start('r1', { config: null, tags: null, notes: 'more' })).toMatchObject({
    inserted: false,
    run: { config, tags: ['a'], notes: 'more' },
  });
});

test('a run without a title gets one', async () => {
  expect((await start('r1')).run.displayName).toMatch(/^[a-z]+-[a-z]+-1$/);
});

test('runs that begin at once in a project that nobody made share it', async () => {
  const names = Array.from({ length: 8 }, (_, i) => `r${i}`);
  const { runs } = registry.services;
  const begun = await Promise.all(names.map(name => runs.upsert(registry.admin, 'research', 'fresh', name, {})));
  expect(new Set(begun.map(({ run }) => run.projectId)).size).toBe(1);
  expect(begun.map(({ run }) => run.name)).toEqual(names);
});

test('streamed lines come back in order; a repeated chunk replaces itself', async () => {
  const run = await start('r1');
  const { runs } = registry.services;
  const chunk = (offset: number, ...lines: string[]) =>
    runs.receiveStream(run, { chunks: [{ stream: 'history', offset, lines }] });
  await chunk(0, '{"loss":3}', '{"loss":2}');
  await chunk(2, '{"loss":NaN}');
  await chunk(0, '{"loss":3}', '{"loss":2}');
  expect(await runs.lines(run, 'history')).toEqual(['{"loss":3}', '{"loss":2}', '{"loss":NaN}']);
  expect((await runs.get(registry.admin, 'research', 'digits', 'r1')).run.historyLines).toBe(3);
});

test('completing a run gives its state by its exit code', async () => {
  const run = await start('r1');
  await registry.services.runs.receiveStream(run, { chunks: [], complete: true, exitCode: 0, summary: '{"loss": 1}' });
  expect((await registry.services.runs.get(registry.admin, 'research', 'digits', 'r1')).run).toMatchObject({
    state: 'finished',
    exitCode: 0,
    summary: '{"loss": 1}',
  });
  const failed = await start('r2');
  await registry.services.runs.receiveStream(failed, { chunks: [], complete: true, exitCode: 3 });
  expect((await registry.services.runs.get(registry.admin, 'research', 'digits', 'r2')).run).toMatchObject({
    state: 'failed',
    exitCode: 3,
  });
});

test('lineage: who logged a version and who used it, also through a link', async () => {
  const trainer = await start('train');
  const version = await registry.log({ 'model.bin': 'one' }, { run: 'train' });
  const target = { entity: 'weighhouse', project: 'wandb-registry-model', name: 'Digits' };
  const { collection } = await registry.services.links.link(registry.admin, version.id, target, []);
  const evaluator = await start('evaluate');
  const { lineage } = registry.services;
  await lineage.use(registry.admin, evaluator, version.id, collection.id);
  await lineage.use(registry.admin, evaluator, version.id, null);
  expect((await lineage.loggedBy(registry.admin, version.id)).map(({ name }) => name)).toEqual(['train']);
  expect((await lineage.usedBy(registry.admin, version.id, { limit: 10 })).items.map(({ name }) => name)).toEqual([
    'evaluate',
  ]);
  expect((await lineage.outputs(registry.admin, trainer, { limit: 10 })).items.map(({ id }) => id)).toEqual([
    version.id,
  ]);
  expect((await lineage.inputs(registry.admin, evaluator, { limit: 10 })).items.map(({ id }) => id)).toEqual([
    version.id,
  ]);
});

test('a run that logs contents which exist becomes another producer; the first stays first', async () => {
  await start('one');
  await start('two');
  const version = await registry.log({ 'model.bin': 'same' }, { run: 'one' });
  await registry.log({ 'model.bin': 'same' }, { run: 'two' });
  expect((await registry.services.lineage.loggedBy(registry.admin, version.id)).map(({ name }) => name)).toEqual([
    'one',
    'two',
  ]);
});

test('a version names a run that exists', async () => {
  await expect(registry.begin({}, { run: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test.each([
  ['config', '{"a":'],
  ['config', '[1]'],
  ['summary', '"x"'],
  ['config', `${'['.repeat(100_000)}`],
])('%s must be a JSON object', async (field, text) => {
  await expect(start('r1', { [field]: text })).rejects.toMatchObject({
    code: expect.stringMatching(/INVALID|JSON_TOO_DEEP/),
  });
  await expect(registry.services.runs.get(registry.admin, 'research', 'digits', 'r1')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { storePair } from '../../support/stores.ts';

/**
 * How many statements the requests of every day take, beside those that begin and end a transaction. Each is a way to
 * PostgreSQL and back, or half a one where nobody waits for the answer: more of them is a decision, not an accident.
 */
const most = {
  'resolve an address in a registry': 2,
  'resolve an artifact': 3,
  'move an alias': 11,
  'commit a version of one reference': 14,
  'link a version': 20,
  'commit a version and link it': 16,
  'list registered models': 4,
  'search registered models by tag': 4,
  // one asks indexes which of them leads to few, and to which
  'search registered models by name': 5,
};

const models = '/registries/weighhouse/model/models';
const questions: Record<keyof typeof most, () => Promise<unknown>> = {
  'resolve an address in a registry': () => ask('GET', '/resolve?address=weighhouse/wandb-registry-model/one:best'),
  'resolve an artifact': () => ask('GET', '/projects/research/bench/artifacts/one/versions/latest'),
  'move an alias': () => ask('PUT', `${models}/one/aliases/best`, { version: 'v1' }),
  'commit a version of one reference': () => commit('one'),
  'link a version': () => link('two', 'one:v1'),
  'commit a version and link it': () => commit('one', 'two'),
  'list registered models': () => ask('GET', models),
  'search registered models by tag': () => ask('GET', `${models}?tag=good`),
  'search registered models by name': () => ask('GET', `${models}?name=one`),
};

let registry: StartedRegistry;
const seen: string[] = [];
let commits = 0;

beforeAll(async () => {
  registry = await startRegistry({ trace: sql => seen.push(sql) });
  await ask('POST', '/projects/research', { name: 'bench' });
  for (const model of ['one', 'two']) {
    for (const number of [0, 1]) {
      await commit(model);
      await link(model, `${model}:v${number}`);
    }
    await ask('PUT', `${models}/${model}/aliases/best`, { version: 'v0' });
  }
  await ask('PUT', `${models}/one/tags/good`);
});

afterAll(() => registry.stop());

describe('a request asks the database no more than it has to', () => {
  for (const [what, limit] of Object.entries(most)) {
    test(what, async () => {
      seen.length = 0;
      await questions[what as keyof typeof most]();
      expect(seen.length, seen.join('\n')).toBeLessThanOrEqual(limit);
    });
  }
});

test('commits at once share what they ask', async () => {
  seen.length = 0;
  await Promise.all(Array.from({ length: 24 }, () => commit('one', 'two')));
  expect(seen.length, seen.join('\n')).toBeLessThanOrEqual(24 * { local: 16, shared: 8 }[storePair()]);
});

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${registry.adminKey}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const answer = await fetch(`${registry.address}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

function commit(model: string, linkedTo?: string): Promise<unknown> {
  commits += 1;
  return ask('POST', `/projects/research/bench/artifacts/${model}/versions`, {
    type: 'model',
    references: [{ path: 'model.bin', uri: `s3://bucket/${commits}`, digest: hash('md5', `${commits}`) }],
    links: linkedTo === undefined ? [] : [{ organization: 'weighhouse', registry: 'model', model: linkedTo }],
  });
}

function link(model: string, version: string): Promise<unknown> {
  return ask('POST', `${models}/${model}/versions`, { version: `research/bench/${version}` });
}

import { api } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifier, registered, World } from './world.ts';

describe('many at once', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    for (const content of ['zero', 'one', 'two']) await world.log({ 'model.bin': content });
  });
  afterAll(async () => {
    expect(world.registry.errors).toEqual([]);
    await world.registry.stop();
  });

  test('64 versions of one artifact are numbered densely', async () => {
    const params = { entity: 'research', project: 'many', name: 'dense' };
    const made = await Promise.all(
      Array.from({ length: 64 }, (_, i) => world.log({ 'model.bin': `contents ${i}` }, { params })),
    );
    expect(made.map(({ number }) => number).sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    const latest = await world.admin.ok(api.artifactAliases.get, { params: { ...params, alias: 'latest' } });
    expect(latest.version).toBe('v63');
  });

  test('32 of the same contents are one version', async () => {
    const params = { entity: 'research', project: 'many', name: 'twins' };
    const sha256 = await world.upload('the same');
    const body = { files: [{ path: 'model.bin', sha256 }] };
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => world.admin.call(api.artifactVersions.create, { params, body })),
    );
    expect(new Set(answers.map(answer => answer.body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  test('of 20 compare-and-set moves with one revision, one wins', async () => {
    const params = { ...classifier, alias: 'production' };
    await world.admin.ok(api.artifactAliases.set, {
      params,
      body: { version: 'v0' },
      headers: { 'if-none-match': '*' },
    });
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        world.admin.send(api.artifactAliases.set, {
          params,
          body: { version: i % 2 === 0 ? 'v1' : 'v2' },
          headers: { 'if-match': '"1"' },
        }),
      ),
    );
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter(status => status === 200)).toHaveLength(1);
    expect(statuses.filter(status => status === 412)).toHaveLength(19);
    const lost = responses.find(({ status }) => status === 412);
    expect(await lost?.json()).toMatchObject({ error: { code: 'PRECONDITION_FAILED', details: { revision: 2 } } });
    expect((await world.admin.ok(api.artifactAliases.history, { params })).items).toHaveLength(2);
  });

  test('preconditions: set, not set, malformed', async () => {
    const params = { ...classifier, alias: 'canary' };
    const set = (headers: Record<string, string>, version = 'v0') => ({ params, body: { version }, headers });
    await world.admin.fails(api.artifactAliases.set, set({ 'if-match': '*' }), 'PRECONDITION_FAILED');
    await world.admin.fails(api.artifactAliases.set, set({ 'if-match': '"7"' }), 'PRECONDITION_FAILED');
    await world.admin.ok(api.artifactAliases.set, set({ 'if-none-match': '*' }));
    await world.admin.fails(api.artifactAliases.set, set({ 'if-none-match': '*' }), 'PRECONDITION_FAILED');
    await world.admin.ok(api.artifactAliases.set, set({ 'if-match': '*' }, 'v1'));
    for (const bad of ['3', 'W/"2"', '"x"', '"2", "3"', ''])
      await world.admin.fails(api.artifactAliases.set, set({ 'if-match': bad }), 'INVALID_INPUT');
    await world.admin.fails(api.artifactAliases.set, set({ 'if-match': '"2"', 'if-none-match': '*' }), 'INVALID_INPUT');
    await world.admin.fails(
      api.artifactAliases.remove,
      { params, headers: { 'if-match': '"1"' } },
      'PRECONDITION_FAILED',
    );
    await world.admin.ok(api.artifactAliases.remove, { params, headers: { 'if-match': '"2"' } });
    await world.admin.fails(api.artifactAliases.remove, { params }, 'NOT_FOUND');
  });

  test('readers of an alias that moves all the time always find it', async () => {
    const params = { ...classifier, alias: 'busy' };
    await world.admin.ok(api.artifactAliases.set, { params, body: { version: 'v0' } });
    let moving = true;
    const reader = async () => {
      const seen = new Set<string>();
      while (moving)
        seen.add(
          (await world.admin.ok(api.addresses.resolve, { query: { address: 'research/churn/classifier:busy' } }))
            .version,
        );
      return seen;
    };
    const readers = [reader(), reader(), reader()];
    for (let i = 0; i < 60; i++)
      await world.admin.ok(api.artifactAliases.set, { params, body: { version: `v${i % 3}` } });
    moving = false;
    for (const seen of await Promise.all(readers))
      expect([...seen].every(version => /^v[012]$/.test(version))).toBe(true);
  });

  test('16 links of one version into a model that does not exist yet: one model, one link', async () => {
    const body = { version: 'research/churn/classifier:v1' };
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => world.admin.call(api.modelVersions.link, { params: registered, body })),
    );
    expect(new Set(answers.map(answer => answer.body.version))).toEqual(new Set(['v0']));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });
});

describe('the same request twice', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(async () => {
    expect(world.registry.errors).toEqual([]);
    await world.registry.stop();
  });

  const params = { entity: 'research' };
  const once = (key: string) => ({ 'idempotency-key': key });

  test('acts once and answers the same', async () => {
    const first = await world.admin.call(api.projects.create, { params, body: { name: 'once' }, headers: once('a') });
    const second = await world.admin.call(api.projects.create, { params, body: { name: 'once' }, headers: once('a') });
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    await world.admin.fails(api.projects.create, { params, body: { name: 'once' } }, 'ALREADY_EXISTS');
  });

  test('a key taken for another request is refused', async () => {
    await world.admin.fails(
      api.projects.create,
      { params, body: { name: 'other' }, headers: once('a') },
      'IDEMPOTENCY_KEY_REUSED',
    );
    await world.admin.fails(
      api.artifacts.create,
      { params: { ...params, project: 'once' }, body: { name: 'once' }, headers: once('a') },
      'IDEMPOTENCY_KEY_REUSED',
    );
    for (const bad of ['', ' ', 'x'.repeat(256)])
      await world.admin.fails(
        api.projects.create,
        { params, body: { name: 'x' }, headers: once(bad) },
        'INVALID_INPUT',
      );
  });

  test('keys belong to their user', async () => {
    const ada = await world.person('ada', { team: 'member' });
    expect((await ada.call(api.projects.create, { params, body: { name: 'of ada' }, headers: once('a') })).status).toBe(
      201,
    );
  });

  test('what failed can be tried again with the same key', async () => {
    await world.admin.fails(api.projects.create, { params, body: { name: 'a/b' }, headers: once('b') }, 'INVALID_NAME');
    expect(
      (await world.admin.call(api.projects.create, { params, body: { name: 'fine' }, headers: once('b') })).status,
    ).toBe(201);
  });

  test('at the same time: one acts, the others wait or get its answer', async () => {
    const responses = await Promise.all(
      Array.from({ length: 8 }, () =>
        world.admin.send(api.projects.create, { params, body: { name: 'at once' }, headers: once('c') }),
      ),
    );
    for (const { status } of responses) expect([201, 503]).toContain(status);
    expect(responses.some(({ status }) => status === 201)).toBe(true);
    expect(
      responses.filter(({ status }) => status === 503).every(({ headers }) => headers.get('retry-after') !== null),
    ).toBe(true);
  });

  test("a new key's secret is not remembered", async () => {
    const request = { params: { username: 'admin' }, body: { name: 'ci' }, headers: once('d') };
    const first = await world.admin.ok(api.apiKeys.create, request);
    const second = await world.admin.ok(api.apiKeys.create, request);
    expect(first.secret).toMatch(/^wh_/);
    expect(second).toEqual({ ...first, secret: null });
  });
});

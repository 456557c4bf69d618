import { api } from '@weighhouse/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classifier, registered, World } from './world.ts';

const { organization, registry, name: model } = registered;
const link = { organization, registry, model };
const reference = (uri: string) => [{ path: 'model.bin', uri: `s3://bucket/${uri}`, digest: uri }];

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.registry.stop());

function artifact(name: string) {
  return { ...classifier, name };
}

async function versionsOf(name: string): Promise<number> {
  const answer = await world.admin.send(api.artifactVersions.list, { params: artifact(name) });
  const { items = [] } = (await answer.json()) as { items?: unknown[] };
  return items.length;
}

test('a version is committed and linked by one request, with aliases in both places', async () => {
  const { admin } = world;
  const body = { references: reference('one'), aliases: ['best'], links: [{ ...link, aliases: ['staging'] }] };
  const made = await admin.call(api.artifactVersions.create, { params: artifact('together'), body });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ version: 'v0', aliases: ['best', 'latest'], createdBy: 'admin' });
  expect(made.body.links).toEqual([
    expect.objectContaining({ kind: 'registered_model', name: model, version: 'v0', entity: organization }),
  ]);
  const { links: _, ...shown } = made.body;
  expect(await admin.ok(api.artifactVersions.get, { params: { ...artifact('together'), version: 'best' } })).toEqual(
    shown,
  );
  const linked = await admin.ok(api.modelVersions.get, { params: { ...registered, version: 'staging' } });
  expect(linked).toMatchObject({ id: made.body.id, aliases: ['latest', 'staging'], number: 0 });
  expect(linked.source).toMatchObject({ name: 'together', version: 'v0' });
});

test('the same contents again keep their version and their link, and are linked where they were not', async () => {
  const { admin } = world;
  const other = { ...link, model: 'another-model' };
  const body = { references: reference('one'), links: [{ ...link, aliases: ['checked'] }, other] };
  const again = await admin.call(api.artifactVersions.create, { params: artifact('together'), body });
  expect(again.status).toBe(200);
  expect(again.body.links.map(({ name, version }) => `${name}:${version}`)).toEqual([
    `${model}:v0`,
    'another-model:v0',
  ]);
  expect(await admin.ok(api.modelVersions.get, { params: { ...registered, version: 'checked' } })).toMatchObject({
    id: again.body.id,
    aliases: ['checked', 'latest', 'staging'],
  });
});

test('a link into a registry turns the time to live off, also of a version that is made with it', async () => {
  const body = { references: reference('mortal'), ttlSeconds: 60, links: [link] };
  const made = await world.admin.ok(api.artifactVersions.create, { params: artifact('mortal'), body });
  expect(made.ttlSeconds).toBeNull();
  expect((await world.admin.ok(api.addresses.resolve, { query: { address: made.address } })).ttlSeconds).toBeNull();
});

test('where a link cannot be made there is no version either', async () => {
  const { admin } = world;
  const create = (name: string, links: object[]) => ({
    params: artifact(name),
    body: { references: reference(name), links: links as (typeof link)[] },
  });
  await admin.fails(api.artifactVersions.create, create('r1', [link, { ...link, registry: 'none' }]), 'NOT_FOUND');
  await admin.fails(api.artifactVersions.create, create('r2', [link, link]), 'INVALID_INPUT');
  await admin.fails(
    api.artifactVersions.create,
    create('r3', [link, { ...link, registry: 'dataset' }]),
    'TYPE_MISMATCH',
  );
  await admin.fails(api.artifactVersions.create, create('r4', [{ ...link, aliases: ['v3'] }]), 'INVALID_ALIAS');
  await admin.fails(api.artifactVersions.create, create('r5', [{ ...link, model: 'a/b' }]), 'INVALID_NAME');
  for (const name of ['r1', 'r2', 'r3', 'r4', 'r5']) expect(await versionsOf(name)).toBe(0);
});

test('who may not link into the registry makes no version that is linked there', async () => {
  const logger = await world.person('logger', { organization: 'viewer', team: 'member' });
  const body = { references: reference('denied'), links: [link] };
  await logger.fails(api.artifactVersions.create, { params: artifact('denied'), body }, 'FORBIDDEN');
  expect(await versionsOf('denied')).toBe(0);
  const { links: _, ...unlinked } = body;
  expect((await logger.ok(api.artifactVersions.create, { params: artifact('denied'), body: unlinked })).links).toEqual(
    [],
  );
});

test('sixty-four at once are numbered densely in both places', async () => {
  const { admin } = world;
  const many = { ...link, model: 'crowd' };
  const made = await Promise.all(
    Array.from({ length: 64 }, (_, i) =>
      admin.ok(api.artifactVersions.create, {
        params: artifact(`crowd-${i % 4}`),
        body: { references: reference(`crowd ${i}`), links: [many] },
      }),
    ),
  );
  const numbers = made.map(({ links }) => Number(links[0]?.version.slice(1))).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 64 }, (_, i) => i));
  const latest = await admin.ok(api.modelVersions.get, {
    params: { organization, registry, name: 'crowd', version: 'latest' },
  });
  expect(latest.number).toBe(63);
});

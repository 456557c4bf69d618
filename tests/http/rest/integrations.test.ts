import { api } from '@weighhouse/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { World } from './world.ts';

const params = { team: 'research' };
const secret = 'T00000000-B00000000-very-secret';
const webhookUrl = `https://hooks.slack.com/services/${secret}`;
const slack = { kind: 'slack', name: 'releases', workspace: 'Acme', channel: '#releases', webhookUrl } as const;

let world: World;
beforeAll(async () => {
  world = await World.start();
  await world.upload('so that there is a folder to count in');
});
afterAll(async () => {
  expect(world.registry.errors).toEqual([]);
  await world.registry.stop();
});

test('where Slack is posted is kept and never shown, not even to who sent it', async () => {
  const created = await world.admin.send(api.integrations.create, { params, body: slack });
  const { id } = JSON.parse(await created.clone().text()) as { id: string };
  const answers = [
    await created.text(),
    await (await world.admin.send(api.integrations.list, { params })).text(),
    await (await world.admin.send(api.integrations.get, { params: { ...params, id } })).text(),
    await (await world.admin.send(api.integrations.create, { params, body: slack })).text(),
    JSON.stringify(await world.registry.store.read.automations.listIntegrations(5, { limit: 10 })),
    JSON.stringify(await world.registry.store.read.events.listUnsealed(1000)),
  ];
  for (const answer of answers) expect(answer).not.toContain(secret);
  await world.admin.ok(api.integrations.delete, { params: { ...params, id } });
});

describe('refused, with nothing stored and nothing quoted', () => {
  let before: Record<string, number>;
  beforeEach(async () => {
    before = await world.registry.counts();
  });
  afterEach(async () => {
    expect(await world.registry.counts()).toEqual(before);
  });

  test.each([
    ['an address that is none', { ...slack, webhookUrl: secret }],
    ['Slack without encryption', { ...slack, webhookUrl: `http://hooks.slack.com/${secret}` }],
    ['a file', { ...slack, webhookUrl: `file:///${secret}` }],
    ['a password in the address', { ...slack, webhookUrl: `https://user:${secret}@hooks.slack.com/` }],
    ['an address that is too long', { ...slack, webhookUrl: `https://hooks.slack.com/${secret}${'a'.repeat(2048)}` }],
    ['an address of another type', { ...slack, webhookUrl: [secret] }],
    ['no channel', { kind: 'slack', name: 'releases', workspace: 'Acme', webhookUrl }],
    ['an empty channel', { ...slack, channel: '' }],
    ['a name of other characters', { ...slack, name: 'a/b' }],
    ['another kind', { ...slack, kind: 'pager' }],
    ['fields of the other kind', { kind: 'webhook', name: 'x', url: 'https://example.com', webhookUrl }],
  ])('%s', async (_what, body) => {
    const response = await world.admin.send(api.integrations.create, { params, body: body as typeof slack });
    const text = await response.text();
    expect(response.status, text).toBe(400);
    expect(text).not.toContain(secret);
  });

  test('an organization or a person where a team is meant', async () => {
    for (const team of ['weighhouse', 'admin'])
      await world.admin.fails(api.integrations.create, { params: { team }, body: slack }, 'NOT_FOUND');
  });
});

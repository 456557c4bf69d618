import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../packages/server/src/services/caller.ts';
import { RulesRegistry } from '../support/rules-registry.ts';

let registry: RulesRegistry;
beforeEach(async () => {
  registry = await RulesRegistry.open();
  await registry.log({ 'model.bin': 'one' });
});
afterEach(() => registry.close());

const slack = {
  ...({ kind: 'slack', name: 'releases', workspace: 'Acme', channel: '#releases' } as const),
  webhookUrl: 'https://hooks.slack.com/services/T/B/X',
};

const create = (owner = 'research', name = 'releases', caller: Caller = registry.admin) =>
  registry.services.integrations.create(caller, owner, { ...slack, name });

async function automate(integrationId: number, project = 'digits', entity = 'research') {
  const { projects, automations } = registry.services;
  const found = await projects.get(registry.admin, entity, project);
  return automations.create(registry.admin, {
    ...{ name: `through ${integrationId}`, description: null, enabled: true, event: 'LINK_MODEL', filter: '{}' },
    scope: { kind: 'project', id: found.project.id },
    action: {
      ...{ kind: 'NOTIFICATION', integrationId, requestPayload: null },
      ...{ title: 'linked', message: null, severity: 'INFO' },
    },
  });
}

test('an automation acts through an integration of its own organization', async () => {
  const { entities, integrations } = registry.services;
  await entities.createTeam(registry.admin, { name: 'vision', organization: 'weighhouse' });
  const own = await create();
  const neighbour = await create('vision');
  expect((await automate(own.id)).action.integrationId).toBe(own.id);
  expect((await automate(neighbour.id)).action.integrationId).toBe(neighbour.id);
  await entities.createOrganization(registry.asInstanceAdmin(), { name: 'acme', admin: 'admin' });
  await entities.createTeam(registry.asInstanceAdmin(), { name: 'elsewhere', organization: 'acme', admin: 'admin' });
  const foreign = await integrations.create(registry.asInstanceAdmin(), 'elsewhere', slack);
  await expect(automate(foreign.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(automate(999_999)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('it cannot be deleted while an automation acts through it, and is gone afterwards', async () => {
  const { automations, integrations } = registry.services;
  const { id } = await create();
  const automation = await automate(id);
  await expect(integrations.delete(registry.admin, 'research', id)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('1 automation acts'),
  });
  await automations.delete(registry.admin, automation.id);
  await integrations.delete(registry.admin, 'research', id);
  await expect(integrations.delete(registry.admin, 'research', id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(automate(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await create();
});

test('an automation whose project is gone holds nothing back', async () => {
  const { integrations, projects } = registry.services;
  await projects.create(registry.admin, 'research', { name: 'short-lived' });
  const { id } = await create();
  await automate(id, 'short-lived');
  await projects.delete(registry.admin, await projects.get(registry.admin, 'research', 'short-lived'));
  await integrations.delete(registry.admin, 'research', id);
  expect((await integrations.list(registry.admin, 'research', { limit: 10 })).items).toEqual([]);
});

test('names are taken once in a team; admins manage, whoever knows the team sees', async () => {
  const { entities, integrations } = registry.services;
  const made = await create();
  await expect(create()).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await entities.createTeam(registry.admin, { name: 'vision', organization: 'weighhouse' });
  await expect(integrations.get(registry.admin, 'vision', made.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(integrations.delete(registry.admin, 'vision', made.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const member = await registry.person('ada', { team: 'member' });
  const stranger = await registry.person('stranger');
  expect(await integrations.get(member, 'research', made.id)).toEqual(made);
  await expect(create('research', 'mine', member)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(integrations.delete(member, 'research', made.id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(integrations.list(stranger, 'research', { limit: 10 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what is made and deleted is an event, without its address', async () => {
  const { id } = await create();
  await registry.services.integrations.delete(registry.admin, 'research', id);
  const events = await registry.store.read.events.listUnsealed(1000);
  const about = events.filter(({ type }) => type.startsWith('integration.'));
  expect(about.map(({ type, details }) => [type, details])).toEqual([
    ['integration.created', { name: 'releases', kind: 'slack' }],
    ['integration.deleted', { name: 'releases', kind: 'slack' }],
  ]);
});

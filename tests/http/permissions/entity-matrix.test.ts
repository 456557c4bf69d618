import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EntityAction } from '../../../packages/server/src/domain/policy.ts';
import { type EntityProbe, entityNames, entityProbes } from './entity-probes.ts';
import { type Actor, actors, type EntityName, entities, expectedInEntity, leastEntityRole } from './expected.ts';
import { ownProbes } from './own-probes.ts';
import { outcomeOf } from './probe.ts';
import { World } from './world.ts';

interface Case {
  actor: Actor;
  entity: EntityName;
  action: EntityAction;
  probes: readonly EntityProbe[];
}

const actions = Object.keys(leastEntityRole) as EntityAction[];
const cases: Case[] = actors.flatMap(actor =>
  entities.flatMap(entity =>
    actions.flatMap(action => {
      const probes = entityProbes.filter(probe => probe.action === action && probe.on.includes(entity));
      return probes.length > 0 ? [{ actor, entity, action, probes }] : [];
    }),
  ),
);
const size = cases.reduce((sum, one) => sum + one.probes.length, 0);

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.registry.stop());

function blank(text: string, ...names: string[]): string {
  return names
    .reduce((rest, name) => rest.replaceAll(name, '*'), text)
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":"*"');
}

async function check(probe: EntityProbe, actor: Actor, entity: EntityName): Promise<string | undefined> {
  const asker = world.asker(actor);
  const name = entityNames[entity];
  const absent = 'x'.repeat(name.length);
  await probe.before?.(world);
  const answer = await probe.send(asker, name, world);
  const passed = answer.status === probe.insteadOfSuccess;
  const is = passed ? 'allowed' : outcomeOf(probe, answer);
  const should = expectedInEntity(actor, entity, probe.action, probe.facade);
  if (is !== should) return `${probe.name}: ${is} instead of ${should} (${answer.status} ${answer.text.slice(0, 200)})`;
  if (should !== 'hidden') return undefined;
  const other = await probe.send(asker, absent, world);
  const same = other.status === answer.status && blank(other.text, name, absent) === blank(answer.text, name, absent);
  return same ? undefined : `${probe.name}: tells hidden (${answer.text}) from absent (${other.text})`;
}

describe('who may do what with an organization, a team or a personal entity', () => {
  test.each(cases.map(one => [`${one.actor}, ${one.entity}, ${one.action}`, one] as const))(
    '%s',
    async (_name, { actor, entity, action: _action, probes }) => {
      const wrong: string[] = [];
      for (const probe of probes) {
        if (probe.only && !probe.only(world.asker(actor))) continue;
        const found = await check(probe, actor, entity);
        if (found) wrong.push(found);
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('who may do what with accounts, keys, uploads and the server', () => {
  test.each(actors.map(actor => [actor] as const))('%s', async actor => {
    const asker = world.asker(actor);
    const wrong: string[] = [];
    for (const probe of ownProbes) {
      const target = (await probe.target?.(world)) ?? '';
      const answer = await probe.send(asker, target, world);
      const [is, should] = [outcomeOf(probe, answer), probe.expected(actor)];
      if (is !== should) wrong.push(`${probe.name}: ${is} instead of ${should} (${answer.text.slice(0, 200)})`);
      if (should !== 'hidden' || probe.absent === undefined) continue;
      const other = await probe.send(asker, probe.absent, world);
      if (blank(other.text, target, probe.absent) !== blank(answer.text, target, probe.absent))
        wrong.push(`${probe.name}: tells hidden (${answer.text}) from absent (${other.text})`);
    }
    expect(wrong).toEqual([]);
  });
});

test(`the matrix has ${cases.length} cells, asked for in ${size} ways, and ${ownProbes.length} ways beside it`, () => {
  expect([cases.length, size, ownProbes.length]).toEqual([399, 1281, 28]);
});

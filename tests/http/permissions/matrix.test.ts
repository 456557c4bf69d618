import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProjectAction } from '../../../packages/server/src/domain/policy.ts';
import { type Actor, actors, expected, leastRole, type Outcome, type PlaceName, places } from './expected.ts';
import { graphqlProbes } from './graphql-probes.ts';
import { graphqlSettingProbes, learnIds } from './graphql-setting-probes.ts';
import { outcomeOf, type Probe } from './probe.ts';
import { restProbes } from './rest-probes.ts';
import { transferProbes } from './transfer-probes.ts';
import { type Place, twin, World, withoutNames } from './world.ts';

const probes = [...restProbes, ...graphqlProbes, ...graphqlSettingProbes, ...transferProbes];
const actions = Object.keys(leastRole) as ProjectAction[];

interface Case {
  actor: Actor;
  place: PlaceName;
  action: ProjectAction;
  probes: readonly Probe[];
}

const cases: Case[] = actors.flatMap(actor =>
  places.flatMap(place =>
    actions.flatMap(action => {
      const ways = probes.filter(probe => probe.action === action && probe.on.includes(place));
      return ways.length > 0 ? [{ actor, place, action, probes: ways }] : [];
    }),
  ),
);
const size = cases.reduce((sum, one) => sum + one.probes.length, 0);

/** One of each way of standing outside: their answers are compared byte by byte with those for what does not exist. */
const suspicious: ReadonlySet<Actor> = new Set([
  ...['outsider', 'organization viewer', 'team viewer', 'owner', 'granted viewer'],
  'instance admin without the header',
] as Actor[]);

let world: World;
const targets = new Map<string, Place>();
beforeAll(async () => {
  world = await World.start();
  await learnIds(world);
});
afterAll(() => world?.registry.stop());

/** What the probe acts on: the standing place, or one made for it that nobody has used up yet. */
async function targetOf(probe: Probe, name: PlaceName): Promise<Place> {
  if (!probe.fresh) return world.place(name);
  const key = `${probe.name} ${probe.action} ${name} ${probes.indexOf(probe)}`;
  const target = targets.get(key) ?? (await probe.fresh(world, world.place(name)));
  targets.set(key, target);
  return target;
}

function usedUp(probe: Probe, name: PlaceName): void {
  targets.delete(`${probe.name} ${probe.action} ${name} ${probes.indexOf(probe)}`);
}

/** What is wrong with the answer, if anything. */
async function check(probe: Probe, actor: Actor, name: PlaceName): Promise<string | undefined> {
  const asker = world.asker(actor);
  const target = await targetOf(probe, name);
  const answer = await probe.send(asker, target, world);
  const is = outcomeOf(probe, answer);
  const should = expected(actor, name, probe.action, probe.facade);
  if (is === 'allowed') usedUp(probe, name);
  const wrong = `${probe.name}: ${is} instead of ${should} (${answer.status} ${answer.text.slice(0, 200)})`;
  if (should !== 'hidden') return is === should ? undefined : wrong;
  // Where a missing project would be made, it is the owner that refuses; and what is gone is deleted with success.
  const alike: (Outcome | string)[] = [
    'hidden',
    ...(probe.creates ? ['forbidden'] : []),
    ...(probe.silent ? ['allowed'] : []),
  ];
  if (!alike.includes(is)) return wrong;
  if (!suspicious.has(actor)) return undefined;
  const absent = twin(target);
  const other = await probe.send(asker, absent, world);
  if (other.status !== answer.status || withoutNames(other.text, target) !== withoutNames(answer.text, target))
    return `${probe.name}: tells what is hidden (${answer.status} ${answer.text}) from what is not there (${other.status} ${other.text})`;
  if (probe.silent && !(await probe.silent(world, target))) return `${probe.name}: acted on what is hidden`;
  return undefined;
}

describe('who may do what with a project or a registry', () => {
  test.each(cases.map(one => [`${one.actor}, ${one.place}, ${one.action}`, one] as const))('%s', async (_name, one) => {
    const wrong: string[] = [];
    for (const probe of one.probes) {
      const found = await check(probe, one.actor, one.place);
      if (found) wrong.push(found);
    }
    expect(wrong).toEqual([]);
  });
});

test(`the matrix has ${cases.length} cells, asked for in ${size} ways`, () => {
  expect([cases.length, size]).toEqual([1302, 8484]);
});

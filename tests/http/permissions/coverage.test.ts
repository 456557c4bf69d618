import { type EndpointRule, listEndpoints } from '@weighhouse/contract';
import { expect, test } from 'vitest';
import type { EntityAction, ProjectAction, Rule } from '../../../packages/server/src/domain/policy.ts';
import { rules } from '../../../packages/server/src/facades/wandb/graphql/rules.ts';
import { entityProbes } from './entity-probes.ts';
import { leastEntityRole, leastRole } from './expected.ts';
import { graphqlProbes } from './graphql-probes.ts';
import { graphqlSettingProbes } from './graphql-setting-probes.ts';
import { ownProbes } from './own-probes.ts';
import { restProbes } from './rest-probes.ts';
import { transferProbes } from './transfer-probes.ts';

const ofProjects = [...restProbes, ...graphqlProbes, ...graphqlSettingProbes, ...transferProbes];
const all = [...ofProjects, ...entityProbes, ...ownProbes];
const covered = new Set(all.flatMap(({ covers }) => covers));

/** Roots that stand for nothing yet: whoever has a key is told that this server does not do it. */
const refused = new Set(
  Object.entries(rules)
    .filter(([name, { kind }]) => kind === 'signed-in' && name.startsWith('Mutation.'))
    .map(([name]) => name),
);
const elsewhere = new Set([
  'Mutation.rewindRun', // not supported
  'Mutation.completeMultipartUploadArtifact', // two-names.test.ts: an upload is its sender's alone
]);

test('every action of the policy has a way to be asked for', () => {
  const actions = new Set<string>([...ofProjects, ...entityProbes].map(({ action }) => action));
  const known = [...Object.keys(leastRole), ...Object.keys(leastEntityRole)] as (ProjectAction | EntityAction)[];
  expect(known.filter(action => !actions.has(action))).toEqual([]);
});

test('every endpoint of the REST API is asked for by everybody', () => {
  const missing = listEndpoints().filter(({ endpoint }) => !covered.has(endpoint.id));
  expect(missing.map(({ endpoint }) => endpoint.id)).toEqual([]);
});

test('every query and mutation that acts on something is asked for by everybody', () => {
  const roots = Object.keys(rules).filter(name => /^(Query|Mutation)\./.test(name));
  const missing = roots.filter(name => !covered.has(name) && !refused.has(name) && !elsewhere.has(name));
  expect(missing).toEqual([]);
});

/** Where an endpoint does two things, its rule names the one that it is for. */
const twofold = new Set(['putProject', 'updateProject', 'deleteArtifactVersion', 'Mutation.createFilterTrigger']);

test('the rule that an endpoint or a root declares is the one it is held to', () => {
  const wrong: string[] = [];
  const declared = new Map(listEndpoints().map(({ endpoint }) => [endpoint.id, endpoint.rule] as const));
  for (const probe of [...ofProjects, ...entityProbes]) {
    for (const name of [probe.covers].flat()) {
      const rule: EndpointRule | Rule | undefined = declared.get(name) ?? rules[name];
      if (!rule || twofold.has(name)) continue;
      const isQuery = name.startsWith('Query.') || /^Mutation\.upsert/.test(name);
      if (!('action' in rule) || (rule.action !== probe.action && !isQuery))
        wrong.push(`${name} declares ${JSON.stringify(rule)}, but is held to ${probe.action}`);
    }
  }
  expect(wrong).toEqual([]);
});

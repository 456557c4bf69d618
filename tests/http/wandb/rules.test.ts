import { expect, test } from 'vitest';
import { rules } from '../../../packages/server/src/facades/wandb/graphql/rules.ts';
import { buildWandbSchema } from '../../../packages/server/src/facades/wandb/graphql/schema.ts';

test('the schema is not built where a root or an edge has no rule', () => {
  expect(() => buildWandbSchema()).not.toThrow();
  for (const name of Object.keys(rules)) {
    const { [name]: _left, ...others } = rules;
    expect(() => buildWandbSchema(others)).toThrow(name);
  }
}, 60_000);

test('a rule for what does not exist is a mistake', () => {
  expect(() => buildWandbSchema({ ...rules, 'Query.gone': { kind: 'signed-in' } })).toThrow('Query.gone');
});

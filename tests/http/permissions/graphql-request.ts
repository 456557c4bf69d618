import type { ProjectAction } from '../../../packages/server/src/domain/policy.ts';
import type { Asker } from './asker.ts';
import { type PlaceName, places } from './expected.ts';
import type { Probe } from './probe.ts';
import type { Place, World } from './world.ts';

type Input = (place: Place, world: World, asker: Asker) => unknown;

interface More extends Partial<Pick<Probe, 'on' | 'fresh' | 'creates' | 'silent'>> {
  /** tells apart several ways of sending the same mutation */
  as?: string;
}

/** A mutation as the client sends it: one field with one input. */
export function mutation(action: ProjectAction, field: string, answer: string, input: Input, more: More = {}): Probe {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${field}(input: $input) { ${answer} } }`;
  return {
    name: `GraphQL ${field}${more.as ? ` ${more.as}` : ''}`,
    facade: 'GraphQL',
    action,
    covers: [`Mutation.${field}`],
    on: more.on ?? places,
    fresh: more.fresh,
    creates: more.creates,
    silent: more.silent,
    send: (asker, place, world) => asker.graphql(document, { input: input(place, world, asker) }),
    found: data => data[field],
  };
}

/** A query; `path` leads to what it came for. */
export function query(
  action: ProjectAction,
  root: string,
  path: string,
  document: string,
  variables: (place: Place) => Record<string, unknown>,
  on: readonly PlaceName[] = places,
): Probe {
  return {
    name: `GraphQL ${path}`,
    facade: 'GraphQL',
    action,
    covers: [`Query.${root}`],
    on,
    send: (asker, place) => asker.graphql(document, variables(place)),
    found: data => path.split('.').reduce<unknown>((value, key) => step(value, key), data),
  };
}

function step(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

export function decimal(id: string): number {
  return Number(Buffer.from(id, 'base64').toString('latin1').split(':').at(-1));
}

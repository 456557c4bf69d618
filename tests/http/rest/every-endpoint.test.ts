import { api, listEndpoints } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loggingJourney } from './journeys/logging.ts';
import { peopleJourney } from './journeys/people.ts';
import { registryJourney } from './journeys/registry.ts';
import { World } from './world.ts';

/**
 * Walks through the whole API once, as a team would: people, a project, bytes, versions, links, aliases, lineage, and
 * the deletion of it all. The client holds each answer to its schema; the last test counts the endpoints.
 */
describe('every endpoint', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(async () => world.registry.stop());

  peopleJourney(() => world);
  loggingJourney(() => world);
  registryJourney(() => world);

  test('the document itself, without a key', async () => {
    expect(await world.admin.as(undefined).ok(api.document.openApi)).toMatchObject({ openapi: '3.1.0' });
  });

  test('nothing was left out, and nothing went wrong on the server', () => {
    const left = listEndpoints()
      .map(({ endpoint }) => endpoint.id)
      .filter(id => !world.admin.exercised.has(id));
    expect(left).toEqual([]);
    expect(world.registry.errors).toEqual([]);
  });
});

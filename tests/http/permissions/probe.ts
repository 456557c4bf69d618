import type { ProjectAction } from '../../../packages/server/src/domain/policy.ts';
import type { Answer, Asker } from './asker.ts';
import { dataOf } from './asker.ts';
import type { Facade, Outcome, PlaceName } from './expected.ts';
import type { Place, World } from './world.ts';

/** One way of asking for one action. */
export interface Probe {
  name: string;
  facade: Facade;
  action: ProjectAction;
  /** the endpoint of the contract, or the roots of the GraphQL document, that it stands for */
  covers: string | readonly string[];
  on: readonly PlaceName[];
  /** Makes what the request uses up; what was not used up serves the next one. */
  fresh?: (world: World, place: Place) => Promise<Place>;
  send(asker: Asker, place: Place, world: World): Promise<Answer>;
  /** what a GraphQL query came for, null where it is hidden */
  found?: (data: Record<string, unknown>) => unknown;
  /** makes the project where it is missing: what is hidden is refused as what one may not make */
  creates?: true;
  /** answers success for what does not exist (any more); what exists must be there afterwards */
  silent?: (world: World, place: Place) => Promise<boolean>;
}

/** What an answer means. Anything but a clear yes or a clear no is none of the outcomes. */
export function outcomeOf({ found }: Pick<Probe, 'found'>, answer: Answer): Outcome | string {
  const { status, text } = answer;
  if (status === 401) return 'stopped';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'hidden';
  if (status >= 300) return `${status} ${text.slice(0, 300)}`;
  if (!found) return 'allowed';
  const data = dataOf(answer);
  const value = data && found(data);
  return value === null || value === undefined ? 'hidden' : 'allowed';
}

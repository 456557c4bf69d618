import type { Condition } from '../../domain/conditions.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Run } from '../../domain/runs.ts';
import type { PlaceSearch, SearchReader } from '../../ports/metadata/search.ts';
import { searchPlaces } from './search/place-search.ts';
import { countPlaces, listPlaces } from './search/places.ts';
import { countRuns, listRuns } from './search/run-search.ts';
import type { Session } from './session.ts';

export class SqlSearch implements SearchReader {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async listPlaces(
    collectionId: number,
    condition: Condition | undefined,
    page: PageRequest,
    order: 'number' | '-number',
  ) {
    return await listPlaces(this.#session, collectionId, condition, page, order);
  }

  async countPlaces(collectionId: number, condition: Condition): Promise<number> {
    return await countPlaces(this.#session, collectionId, condition);
  }

  async searchPlaces(search: PlaceSearch, page: PageRequest) {
    return await searchPlaces(this.#session, search, page);
  }

  async listRuns(
    projectId: number,
    condition: Condition | undefined,
    page: PageRequest,
    order: 'created_at' | '-created_at',
  ): Promise<Page<Run>> {
    return await listRuns(this.#session, projectId, condition, page, order);
  }

  async countRuns(projectId: number, condition: Condition | undefined): Promise<number> {
    return await countRuns(this.#session, projectId, condition);
  }
}

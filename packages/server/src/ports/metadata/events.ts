import type { NewEvent, RegistryEvent } from '../../domain/events.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';

export interface EventsReader {
  listUnsealed(limit: number): Promise<(NewEvent & { id: number })[]>;
  findLastSealed(): Promise<{ sequence: number; hash: string } | undefined>;
  /** sealed events in their sequence */
  listEvents(page: PageRequest): Promise<Page<RegistryEvent>>;
}

export interface EventsWriter extends EventsReader {
  insertEvent(event: NewEvent & { id: number }): Promise<void>;
  sealEvent(id: number, sequence: number, hash: string): Promise<void>;
}

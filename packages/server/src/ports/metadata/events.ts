import type { NewEvent, RegistryEvent } from '../../domain/events.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';

export interface EventsReader {
  listUnsealed(limit: number): Promise<(NewEvent & { id: number })[]>;
  findLastSealed(): Promise<{ sequence: number; hash: string } | undefined>;
  /** sealed events in their sequence */
  listEvents(page: PageRequest): Promise<Page<RegistryEvent>>;
}

/** An event's place in the sequence, and the hash that chains it to the one before. */
export interface EventSeal {
  id: number;
  sequence: number;
  hash: string;
}

export interface EventsWriter extends EventsReader {
  insertEvent(event: NewEvent & { id: number }): Promise<void>;
  /** Each once. @throws RegistryError `CONFLICT` where one has a place, `ALREADY_EXISTS` where a place is taken */
  sealEvents(seals: readonly EventSeal[]): Promise<void>;
}

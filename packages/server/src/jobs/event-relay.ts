import { createHash } from 'node:crypto';
import type { NewEvent } from '../domain/events.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';

const lease = 'event-relay';
const leaseMilliseconds = 30_000;
const batch = 500;
const chainStart = '0'.repeat(64);

/**
 * Gives committed events their place in the one sequence and seals each into the hash chain. One server does it at a
 * time, under a lease; writers share no lock for it.
 */
export class EventRelay {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #holder: string;

  constructor(store: MetadataStore, clock: Clock, holder: string) {
    this.#store = store;
    this.#clock = clock;
    this.#holder = holder;
  }

  async run(): Promise<void> {
    if ((await this.#store.read.events.listUnsealed(1)).length === 0) return;
    while ((await this.#sealBatch()) === batch);
  }

  async #sealBatch(): Promise<number> {
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      if (!(await tx.instance.takeLease(lease, this.#holder, now, now + leaseMilliseconds))) return 0;
      const last = await tx.events.findLastSealed();
      let sequence = last?.sequence ?? 0;
      let hash = last?.hash ?? chainStart;
      const events = await tx.events.listUnsealed(batch);
      const seals = events.map(event => {
        sequence += 1;
        hash = eventHash(hash, sequence, event);
        return { id: event.id, sequence, hash };
      });
      if (seals.length > 0) await tx.events.sealEvents(seals);
      return events.length;
    });
  }
}

/** SHA-256 over the previous hash and the event in a fixed order of its fields; lower-case hex. */
export function eventHash(previous: string, sequence: number, event: NewEvent & { id: number }): string {
  const { id, type, at, actorUserId, actorKeyId, requestId, entityId, projectId, collectionId, versionId, details } =
    event;
  const fields = [
    previous,
    sequence,
    id,
    type,
    at,
    actorUserId,
    actorKeyId,
    requestId,
    entityId,
    projectId,
    collectionId,
    versionId,
    details,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

import type { EventType, NewEvent, RegistryEvent } from '../../domain/events.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { EventsWriter } from '../../ports/metadata/events.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { insertOne } from './prepared-writes.ts';
import type { EventsTable } from './schema.ts';
import type { Session } from './session.ts';

const bySequence: Keyset = { columns: [{ ref: 'sequence', holds: 'number' }] };

const newEvent = insertOne('events', [
  ...(['id', 'sequence', 'hash', 'type', 'at', 'actor_user_id', 'actor_key_id', 'request_id'] as const),
  ...(['entity_id', 'project_id', 'collection_id', 'version_id', 'details_json'] as const),
]);

export class SqlEvents implements EventsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async listUnsealed(limit: number): Promise<(NewEvent & { id: number })[]> {
    const rows = await this.#session.db
      .selectFrom('events')
      .selectAll()
      .where('sequence', 'is', null)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(row => ({ ...toNewEvent(row), id: row.id }));
  }

  async findLastSealed(): Promise<{ sequence: number; hash: string } | undefined> {
    const row = await this.#session.db
      .selectFrom('events')
      .select(['sequence', 'hash'])
      .where('sequence', 'is not', null)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && { sequence: row.sequence ?? 0, hash: row.hash ?? '' };
  }

  async listEvents(page: PageRequest): Promise<Page<RegistryEvent>> {
    const events = this.#session.db.selectFrom('events').selectAll().where('sequence', 'is not', null);
    const rows = await inKeyset(events, bySequence, page).execute();
    return toPage(rows, page, toEvent, row => [row.sequence ?? 0]);
  }

  async insertEvent(event: NewEvent & { id: number }): Promise<void> {
    await newEvent.send(this.#session, {
      id: event.id,
      sequence: null,
      hash: null,
      type: event.type,
      at: event.at,
      actor_user_id: event.actorUserId,
      actor_key_id: event.actorKeyId,
      request_id: event.requestId,
      entity_id: event.entityId,
      project_id: event.projectId,
      collection_id: event.collectionId,
      version_id: event.versionId,
      details_json: JSON.stringify(event.details),
    });
  }

  async sealEvent(id: number, sequence: number, hash: string): Promise<void> {
    const result = await this.#session.db
      .updateTable('events')
      .set({ sequence, hash })
      .where('id', '=', id)
      .where('sequence', 'is', null)
      .executeTakeFirst();
    if (result.numUpdatedRows === 0n) throw new RegistryError('CONFLICT', 'The event is sealed already.');
  }
}

function toNewEvent(row: EventsTable): NewEvent {
  return {
    type: row.type as EventType,
    at: row.at,
    actorUserId: row.actor_user_id,
    actorKeyId: row.actor_key_id,
    requestId: row.request_id,
    entityId: row.entity_id,
    projectId: row.project_id,
    collectionId: row.collection_id,
    versionId: row.version_id,
    details: JSON.parse(row.details_json) as Record<string, unknown>,
  };
}

function toEvent(row: EventsTable): RegistryEvent {
  return { ...toNewEvent(row), id: row.id, sequence: row.sequence ?? 0, hash: row.hash ?? '' };
}

import { sql } from 'kysely';
import type { EventType, NewEvent, RegistryEvent } from '../../domain/events.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { EventSeal, EventsWriter } from '../../ports/metadata/events.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import type { EventsTable } from './schema.ts';
import type { Session } from './session.ts';

const bySequence: Keyset = { columns: [{ ref: 'sequence', holds: 'number' }] };

export class SqlEvents implements EventsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async listUnsealed(limit: number): Promise<(NewEvent & { id: number })[]> {
    await this.#flush();
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
    await this.#flush();
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
    await this.#flush();
    const events = this.#session.db.selectFrom('events').selectAll().where('sequence', 'is not', null);
    const rows = await inKeyset(events, bySequence, page).execute();
    return toPage(rows, page, toEvent, row => [row.sequence ?? 0]);
  }

  async insertEvent(event: NewEvent & { id: number }): Promise<void> {
    this.#session.appended.add('events', {
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

  async sealEvents(seals: readonly EventSeal[]): Promise<void> {
    await this.#flush();
    const { db, dialect } = this.#session;
    const list = JSON.stringify(seals.map(({ id, sequence, hash }) => [id, sequence, hash]));
    const { numAffectedRows } = await sql`
      update events set sequence = seals.sequence, hash = seals.hash from (
        select cast(value ->> 0 as bigint) as id, cast(value ->> 1 as bigint) as sequence, value ->> 2 as hash
        from ${dialect.elements(list)}
      ) as seals
      where events.id = seals.id and events.sequence is null`.execute(db);
    if (numAffectedRows !== BigInt(seals.length)) {
      this.#session.fail(new RegistryError('CONFLICT', 'One of the events is sealed already.'));
    }
  }

  async #flush(): Promise<void> {
    await this.#session.appended.flush(this.#session);
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

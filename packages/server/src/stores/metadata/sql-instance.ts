import type { InstanceWriter, Lease, StoredAnswer } from '../../ports/metadata/instance.ts';
import type { Session } from './session.ts';
import { endOfPrefix } from './text-prefix.ts';

export class SqlInstance implements InstanceWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async getSetting(name: string): Promise<string | undefined> {
    const row = await this.#session.db
      .selectFrom('settings')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.value;
  }

  async findAnswer(userId: number, idempotencyKey: string): Promise<StoredAnswer | undefined> {
    return await this.#session.db
      .selectFrom('answers')
      .select(['request_hash as requestHash', 'status', 'body', 'created_at as createdAt'])
      .where('user_id', '=', userId)
      .where('idempotency_key', '=', idempotencyKey)
      .executeTakeFirst();
  }

  async findLease(name: string): Promise<Lease | undefined> {
    return await this.#session.db
      .selectFrom('leases')
      .select(['holder', 'until', 'failure'])
      .where('name', '=', name)
      .executeTakeFirst();
  }

  async putSettingOnce(name: string, value: string): Promise<string> {
    await this.#session.db
      .insertInto('settings')
      .values({ name, value })
      .onConflict(conflict => conflict.column('name').doNothing())
      .execute();
    return (await this.getSetting(name)) ?? value;
  }

  async putSetting(name: string, value: string): Promise<void> {
    await this.#session.db
      .insertInto('settings')
      .values({ name, value })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute();
  }

  async putAnswer(userId: number, idempotencyKey: string, answer: StoredAnswer): Promise<boolean> {
    const result = await this.#session.db
      .insertInto('answers')
      .values({
        user_id: userId,
        idempotency_key: idempotencyKey,
        request_hash: answer.requestHash,
        status: answer.status,
        body: answer.body,
        created_at: answer.createdAt,
      })
      .onConflict(conflict => conflict.columns(['user_id', 'idempotency_key']).doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async deleteAnswersBefore(at: number): Promise<void> {
    await this.#session.db.deleteFrom('answers').where('created_at', '<', at).execute();
  }

  async takeLease(name: string, holder: string, now: number, until: number): Promise<boolean> {
    const row = await this.#session.db
      .insertInto('leases')
      .values({ name, holder, until, failure: null })
      .onConflict(conflict =>
        conflict
          .column('name')
          .doUpdateSet({ holder, until, failure: null })
          .where(eb =>
            eb.or([
              eb('leases.holder', '=', holder),
              eb('leases.until', '<=', now),
              eb('leases.failure', 'is not', null),
            ]),
          ),
      )
      .returning('holder')
      .executeTakeFirst();
    return row !== undefined;
  }

  async dropLease(name: string, holder: string): Promise<void> {
    await this.#session.db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
  }

  async failLease(name: string, holder: string, at: number, failure: string): Promise<void> {
    await this.#session.db
      .updateTable('leases')
      .set({ until: at, failure })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .execute();
  }

  async dropLeasesOf(holderPrefix: string): Promise<void> {
    const end = endOfPrefix(holderPrefix);
    await this.#session.db
      .deleteFrom('leases')
      .where('holder', '>=', holderPrefix)
      .$if(end !== undefined, query => query.where('holder', '<', end ?? ''))
      .execute();
  }

  async deleteLeasesBefore(at: number): Promise<void> {
    await this.#session.db.deleteFrom('leases').where('until', '<', at).execute();
  }
}

import { sql } from 'kysely';
import type { Alias, Membership } from '../../../domain/collections.ts';
import { putAliases } from '../alias-table.ts';
import { AppendedRows } from '../appended-rows.ts';
import { insertRows } from '../bulk-rows.ts';
import { insertSealedManifests, type SealedManifest } from '../manifest-entries.ts';
import { insertMemberships } from '../membership-table.ts';
import { PreparedQuery } from '../prepared-query.ts';
import type { Session } from '../session.ts';
import { SqlBlobs } from '../sql-blobs.ts';
import { addVersionTags, type VersionTag } from '../tag-tables.ts';
import { insertVersions, type NewVersion } from '../version-table.ts';
import { keyOf } from './foreseen-rows.ts';

export interface RunOutput {
  runId: number;
  versionId: number;
  at: number;
}

/** Of collections that are held. */
const takeNumbers = new PreparedQuery<{ taken: string }, unknown>((db, value, dialect) =>
  db
    .updateTable('collections as c')
    .from(
      sql<{ id: number; count: number; at: number }>`(
        select cast(value ->> 0 as bigint) as id, cast(value ->> 1 as bigint) as count, cast(value ->> 2 as bigint) as at
        from ${dialect.elements(value('taken'))}
      )`.as('taken'),
    )
    .set(eb => ({
      next_number: eb('c.next_number', '+', eb.ref('taken.count')),
      place_count: eb('c.place_count', '+', eb.ref('taken.count')),
      updated_at: eb.ref('taken.at'),
    }))
    .whereRef('c.id', '=', 'taken.id'),
);

/** What a joint transaction, or one of its members, writes at its end: the rows of one table in one statement. */
export class JointWrites {
  /** numbers taken, by collection */
  readonly taken = new Map<number, { count: number; at: number }>();
  readonly manifests: SealedManifest[] = [];
  readonly versions: NewVersion[] = [];
  readonly tags: VersionTag[] = [];
  readonly outputs: RunOutput[] = [];
  readonly memberships: Membership[] = [];
  /** as they are in the end */
  readonly aliases = new Map<string, Alias>();
  readonly appended = new AppendedRows();
  /** by entity */
  readonly usage = new Map<number, { logicalBytes: number; physicalBytes: number }>();

  takeNumber(collectionId: number, at: number, count = 1): void {
    const before = this.taken.get(collectionId) ?? { count: 0, at };
    this.taken.set(collectionId, { count: before.count + count, at: Math.max(before.at, at) });
  }

  putAlias(alias: Alias): void {
    this.aliases.set(keyOf(alias.collectionId, alias.alias), alias);
  }

  addUsage(entityId: number, { logicalBytes = 0, physicalBytes = 0 }): void {
    const before = this.usage.get(entityId) ?? { logicalBytes: 0, physicalBytes: 0 };
    this.usage.set(entityId, {
      logicalBytes: before.logicalBytes + logicalBytes,
      physicalBytes: before.physicalBytes + physicalBytes,
    });
  }

  /** Takes over what another one has. */
  add(other: JointWrites): void {
    for (const [id, { count, at }] of other.taken) this.takeNumber(id, at, count);
    this.manifests.push(...other.manifests);
    this.versions.push(...other.versions);
    this.tags.push(...other.tags);
    this.outputs.push(...other.outputs);
    this.memberships.push(...other.memberships);
    for (const alias of other.aliases.values()) this.putAlias(alias);
    this.appended.addAll(other.appended);
    for (const [entityId, change] of other.usage) this.addUsage(entityId, change);
  }

  /** Sends all of it, what is referred to before what refers to it. What fails is found out by the commit. */
  async flush(session: Session): Promise<void> {
    const taken = Array.from(this.taken, ([id, { count, at }]) => [id, count, at]);
    if (taken.length > 0) await takeNumbers.send(session, { taken: JSON.stringify(taken) });
    await insertSealedManifests(session, this.manifests);
    await insertVersions(session, this.versions);
    await addVersionTags(session, this.tags);
    await insertRows(
      session,
      { table: 'run_outputs', columns: ['run_id', 'version_id', 'logged_at'] },
      this.outputs.map(({ runId, versionId, at }) => [runId, versionId, at]),
    );
    await insertMemberships(session, this.memberships);
    await putAliases(session, [...this.aliases.values()]);
    await this.appended.flush(session);
    // last, because others who commit in the same entities may wait for it, and in one order
    const blobs = new SqlBlobs(session);
    for (const [entityId, change] of [...this.usage].sort(([a], [b]) => a - b)) await blobs.addUsage(entityId, change);
  }
}

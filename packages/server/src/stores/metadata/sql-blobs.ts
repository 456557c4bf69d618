import { sql } from 'kysely';
import type { Blob, BlobsWriter, Upload } from '../../ports/metadata/blobs.ts';
import { blobColumns, blobValues, toBlob, toUpload, uploadColumns, uploadValues } from './blob-rows.ts';
import { insertRows } from './bulk-rows.ts';
import { deleteFirst } from './delete-first.ts';
import { holdNames } from './holds.ts';
import { PreparedQuery } from './prepared-query.ts';
import { insertOne } from './prepared-writes.ts';
import type { BlobsTable } from './schema.ts';
import type { Session } from './session.ts';

const blobById = new PreparedQuery<{ id: number }, BlobsTable>((db, value) =>
  db.selectFrom('blobs').selectAll().where('id', '=', value('id')),
);

/** How many places of a blob are looked through for projects; beyond that it is cheaper to upload than to search. */
const holdersSearched = 2_000;
const projectsListed = 20;

const holdingProjects = new PreparedQuery<{ blobId: number }, { project_id: number; version_id: number }>((db, value) =>
  db
    .selectFrom(
      db
        .selectFrom('manifest_entries as f')
        .innerJoin('versions as v', 'v.manifest_id', 'f.manifest_id')
        .select(['v.project_id', 'v.id'])
        .where('f.blob_id', '=', value('blobId'))
        .where('v.state', '=', sql.lit('committed'))
        .limit(sql.lit(holdersSearched))
        .as('holders'),
    )
    .select(['project_id', sql<number>`min(id)`.as('version_id')])
    .groupBy('project_id')
    .orderBy('version_id')
    .limit(sql.lit(projectsListed)),
);

/** An entity's bytes are counted in so many rows: for one alone, all who write there would wait for each other's commit. */
const usageParts = 32;

const moreUsage = insertOne('entity_usage', ['entity_id', 'part', 'logical_bytes', 'physical_bytes'], insert =>
  insert.onConflict(conflict =>
    conflict.columns(['entity_id', 'part']).doUpdateSet(eb => ({
      logical_bytes: eb('entity_usage.logical_bytes', '+', eb.ref('excluded.logical_bytes')),
      physical_bytes: eb('entity_usage.physical_bytes', '+', eb.ref('excluded.physical_bytes')),
    })),
  ),
);

export class SqlBlobs implements BlobsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findBlob(id: number): Promise<Blob | undefined> {
    const row = await blobById.first(this.#session, { id });
    if (row && row.merged_into !== null) return this.findBlob(row.merged_into);
    return row && toBlob(row);
  }

  async findBlobs(ids: number[]): Promise<Blob[]> {
    const rows = await this.#session.db
      .selectFrom('blobs')
      .selectAll()
      .where(this.#among('id', ids))
      .orderBy('id')
      .$if(this.#session.locksRows, query => query.forUpdate())
      .execute();
    return rows.map(toBlob);
  }

  async findBlobBySha256(sha256: string): Promise<Blob | undefined> {
    return (await this.findBlobsBySha256([sha256]))[0];
  }

  async findBlobsBySha256(sha256s: readonly string[]): Promise<Blob[]> {
    await holdNames(this.#session, sha256s.map(heldBytes));
    const oldest = this.#session.db
      .selectFrom('blobs')
      .select(eb => eb.fn.min('id').as('id'))
      .where(this.#among('sha256', sha256s))
      .groupBy('sha256');
    const rows = await this.#session.db.selectFrom('blobs').selectAll().where('id', 'in', oldest).execute();
    return rows.map(toBlob);
  }

  async findUnambiguousByMd5(md5s: string[]): Promise<Blob[]> {
    const oldest = this.#session.db
      .selectFrom('blobs')
      .select(eb => eb.fn.min('id').as('id'))
      .where(this.#among('md5', md5s))
      .where('merged_into', 'is', null)
      .groupBy('md5')
      // bytes whose SHA-256 is not known yet might be others
      .having(sql<number>`count(distinct sha256)`, '=', 1)
      .having(sql<number>`count(sha256)`, '=', sql<number>`count(*)`);
    const rows = await this.#session.db.selectFrom('blobs').selectAll().where('id', 'in', oldest).execute();
    return rows.map(toBlob);
  }

  async findHolders(blobIds: number[], projectId: number): Promise<{ blobId: number; versionId: number }[]> {
    const rows = await this.#session.db
      .selectFrom('blobs as b')
      .select('b.id as blobId')
      .select(eb =>
        // manifests are numbered as they come, so this stops at the first hit instead of sorting all of them
        eb
          .selectFrom('manifest_entries as f')
          .innerJoin('versions as v', 'v.manifest_id', 'f.manifest_id')
          .select('v.id')
          .whereRef('f.blob_id', '=', 'b.id')
          .where('v.project_id', '=', projectId)
          .where('v.state', '=', sql.lit('committed'))
          .orderBy('f.manifest_id')
          .orderBy('v.id')
          .limit(1)
          .as('versionId'),
      )
      .where(this.#among('b.id', blobIds))
      .execute();
    return rows.flatMap(({ blobId, versionId }) => (versionId === null ? [] : [{ blobId, versionId }]));
  }

  async listHoldingProjects(blobIds: number[]): Promise<{ blobId: number; projectId: number; versionId: number }[]> {
    const found: { blobId: number; projectId: number; versionId: number }[] = [];
    for (const blobId of new Set(blobIds)) {
      for (const row of await holdingProjects.all(this.#session, { blobId })) {
        found.push({ blobId, projectId: row.project_id, versionId: row.version_id });
      }
    }
    return found;
  }

  async listStaged(
    versionId: number,
    paths?: string[],
  ): Promise<{ path: string; blobId: number; md5: string; size: number; sha256: string | null }[]> {
    return await this.#session.db
      .selectFrom('staged_files as s')
      .innerJoin('blobs as b', 'b.id', 's.blob_id')
      .select(['s.path', 's.blob_id as blobId', 'b.md5', 'b.size', 'b.sha256'])
      .where('s.version_id', '=', versionId)
      .$if(paths !== undefined, query => query.where(this.#among('s.path', paths ?? [])))
      .orderBy('s.path')
      .execute();
  }

  /** Goes from version to version through the index: what is staged may be a million files of one. */
  async listStagedInVain(limit: number): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`with recursive staged (id) as (
        select min(version_id) from staged_files
        union all
        select (select min(version_id) from staged_files where version_id > staged.id)
          from staged where staged.id is not null
      )
      select v.id from staged inner join versions v on v.id = staged.id
      where v.state <> 'pending' limit ${limit}`.execute(this.#session.db);
    return rows.map(({ id }) => id);
  }

  async findUpload(id: number): Promise<Upload | undefined> {
    return (await this.findUploads([id]))[0];
  }

  async findUploads(ids: number[]): Promise<Upload[]> {
    const rows = await this.#session.db
      .selectFrom('uploads')
      .selectAll()
      .where(this.#among('id', ids))
      .orderBy('id')
      .$if(this.#session.locksRows, query => query.forNoKeyUpdate())
      .execute();
    return rows.map(toUpload);
  }

  async findOpenUploads(versionId: number, paths: readonly string[]): Promise<Upload[]> {
    const rows = await this.#session.db
      .selectFrom('uploads')
      .selectAll()
      .where('version_id', '=', versionId)
      .where(this.#among('path', paths))
      .where('state', '=', sql.lit('open'))
      .orderBy('id')
      .execute();
    return rows.map(toUpload);
  }

  async hasUploaded(userId: number, blobId: number): Promise<boolean> {
    const row = await this.#session.db
      .selectFrom('uploads')
      .select('id')
      .where('blob_id', '=', blobId)
      .where('user_id', '=', userId)
      .where('state', '=', 'done')
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async listUnhashed(afterId: number, limit: number): Promise<Blob[]> {
    const rows = await this.#session.db
      .selectFrom('blobs')
      .selectAll()
      .where('sha256', 'is', null)
      .where('merged_into', 'is', null)
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(toBlob);
  }

  async listUnhashedOf(manifestId: number, limit: number): Promise<Blob[]> {
    const rows = await this.#session.db
      .selectFrom('manifest_entries as f')
      .innerJoin('blobs as b', 'b.id', 'f.blob_id')
      .selectAll('b')
      .distinct()
      .where('f.manifest_id', '=', manifestId)
      .where('b.sha256', 'is', null)
      .where('b.merged_into', 'is', null)
      .orderBy('b.id')
      .limit(limit)
      .execute();
    return rows.map(toBlob);
  }

  async listOpenUploads(versionId: number, limit: number, after?: { path: string; id: number }): Promise<Upload[]> {
    const rows = await this.#session.db
      .selectFrom('uploads')
      .selectAll()
      .where('version_id', '=', versionId)
      .where('state', '=', sql.lit('open'))
      .where('purpose', '=', sql.lit('version-file'))
      .$if(after !== undefined, query =>
        query.where(sql<boolean>`(path, id) > (${after?.path ?? ''}, ${after?.id ?? 0})`),
      )
      .orderBy('path')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(toUpload);
  }

  async listIdleUploads(before: number, limit: number): Promise<Upload[]> {
    const rows = await this.#session.db
      .selectFrom('uploads')
      .selectAll()
      .where('state', '=', sql.lit('open'))
      .where('touched_at', '<', before)
      .orderBy('touched_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(toUpload);
  }

  async listAbortedUploads(afterId: number, limit: number): Promise<{ id: number; uploadKey: string }[]> {
    return await this.#session.db
      .selectFrom('uploads')
      .select('id')
      .select(eb => eb.ref('upload_key').$notNull().as('uploadKey'))
      .where('state', '=', sql.lit('aborted'))
      .where('upload_key', 'is not', null)
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async usage(entityId: number): Promise<{ logicalBytes: number; physicalBytes: number }> {
    const rows = await this.#session.db
      .selectFrom('entity_usage')
      .select(['logical_bytes as logicalBytes', 'physical_bytes as physicalBytes'])
      .where('entity_id', '=', entityId)
      .execute();
    return rows.reduce(
      (sum, row) => ({
        logicalBytes: sum.logicalBytes + row.logicalBytes,
        physicalBytes: sum.physicalBytes + row.physicalBytes,
      }),
      { logicalBytes: 0, physicalBytes: 0 },
    );
  }

  async insertBlobs(blobs: readonly Blob[]): Promise<void> {
    await insertRows(this.#session, { table: 'blobs', columns: blobColumns }, blobs.map(blobValues));
  }

  async updateBlobKey(id: number, physicalKey: string): Promise<void> {
    await this.#session.db.updateTable('blobs').set({ physical_key: physicalKey }).where('id', '=', id).execute();
  }

  async updateBlobHashes(found: readonly { id: number; sha256: string; physicalKey: string }[]): Promise<void> {
    const { db, dialect } = this.#session;
    await sql`update blobs
      set sha256 = found.value ->> 'sha256', physical_key = found.value ->> 'physicalKey'
      from ${dialect.elements(JSON.stringify(found))} as found
      where blobs.id = cast(found.value ->> 'id' as bigint)`.execute(db);
  }

  async mergeBlob(id: number, into: number): Promise<void> {
    if (id === into) throw new Error(`blob ${id} cannot be merged into itself`);
    const { db } = this.#session;
    for (const table of ['manifest_entries', 'staged_files', 'uploads', 'run_files'] as const) {
      await db.updateTable(table).set({ blob_id: into }).where('blob_id', '=', id).execute();
    }
    const columns = { merged_into: into, physical_key: `merged/${id}` };
    await db.updateTable('blobs').set(columns).where('id', '=', id).execute();
  }

  async stage(versionId: number, files: { path: string; blobId: number }[]): Promise<void> {
    const byPath = new Map(files.map(file => [file.path, file.blobId]));
    await insertRows(
      this.#session,
      {
        table: 'staged_files',
        columns: ['version_id', 'path', 'blob_id'],
        ending: 'on conflict ("version_id", "path") do update set "blob_id" = excluded."blob_id"',
      },
      Array.from(byPath, ([path, blobId]) => [versionId, path, blobId]),
    );
  }

  async unstage(versionId: number, limit: number): Promise<boolean> {
    return await deleteFirst(this.#session, { table: 'staged_files', owner: 'version_id', id: versionId }, limit);
  }

  async insertUploads(uploads: Upload[]): Promise<void> {
    await insertRows(this.#session, { table: 'uploads', columns: uploadColumns }, uploads.map(uploadValues));
  }

  async updateUpload(
    id: number,
    changes: { uploadKey?: string | null; state?: Upload['state']; blobId?: number; touchedAt?: number },
  ): Promise<void> {
    const columns = {
      ...(changes.uploadKey !== undefined && { upload_key: changes.uploadKey }),
      ...(changes.state !== undefined && { state: changes.state }),
      ...(changes.blobId !== undefined && { blob_id: changes.blobId }),
      ...(changes.touchedAt !== undefined && { touched_at: changes.touchedAt }),
    };
    if (Object.keys(columns).length === 0) return;
    await this.#session.db.updateTable('uploads').set(columns).where('id', '=', id).execute();
  }

  async finishUploads(done: readonly { id: number; blobId: number }[], now: number): Promise<void> {
    const { db, dialect } = this.#session;
    await sql`update uploads
      set state = 'done', blob_id = cast(done.value ->> 'blobId' as bigint), touched_at = ${now}
      from ${dialect.elements(JSON.stringify(done))} as done
      where uploads.id = cast(done.value ->> 'id' as bigint)`.execute(db);
  }

  async abortIdleUpload(id: number, before: number, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#session.db
      .updateTable('uploads')
      .set({ state: 'aborted', touched_at: now })
      .where('id', '=', id)
      .where('state', '=', sql.lit('open'))
      .where('touched_at', '<', before)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async addUsage(entityId: number, change: { logicalBytes?: number; physicalBytes?: number }): Promise<void> {
    const { logicalBytes = 0, physicalBytes = 0 } = change;
    await moreUsage.send(this.#session, {
      entity_id: entityId,
      part: Math.floor(Math.random() * usageParts),
      logical_bytes: logicalBytes,
      physical_bytes: physicalBytes,
    });
  }

  #among(column: string, values: readonly (number | string)[]) {
    const { dialect } = this.#session;
    return dialect.among(column, dialect.list(values));
  }
}

/** Two transactions that take in the same bytes do so one after the other. */
function heldBytes(sha256: string): string {
  return `blob ${sha256}`;
}

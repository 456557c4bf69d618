import { sql } from 'kysely';
import type { ManifestSummary, ResolvedEntry } from '../../domain/manifests.ts';
import type { MetadataRow } from '../../domain/metadata.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { Version } from '../../domain/versions.ts';
import type { EntryBlob, FoundBytes, ManifestDraft, VersionsWriter } from '../../ports/metadata/versions.ts';
import { holdName } from './holds.ts';
import * as manifests from './manifest-entries.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Database, ManifestsTable, VersionsTable } from './schema.ts';
import type { Session } from './session.ts';
import { toDraft, toManifest, toVersion, versionColumns } from './version-rows.ts';
import { findVersions, insertMetadataRows, insertVersions } from './version-table.ts';

const versionById = new PreparedQuery<{ id: number }, VersionsTable>((db, value) =>
  db.selectFrom('versions').selectAll().where('id', '=', value('id')),
);

/** A parameter would hide from the planner that a partial index fits, here and below. */
export function selectCommitted(db: Database) {
  return db.selectFrom('versions as v').selectAll('v').where('v.state', '=', sql.lit('committed'));
}

const committedByDigest = new PreparedQuery<{ collectionId: number; digest: string }, VersionsTable>((db, value) =>
  selectCommitted(db).where('v.collection_id', '=', value('collectionId')).where('v.digest', '=', value('digest')),
);

/** The first one counts. */
export function selectSealedManifests(db: Database) {
  return db.selectFrom('manifests as f').selectAll('f').where('f.sealed_at', 'is not', null).orderBy('f.id');
}

const sealedManifest = new PreparedQuery<{ identity: string; digest: string }, ManifestsTable>((db, value) =>
  selectSealedManifests(db)
    .where('f.identity', '=', value('identity'))
    .where('f.digest', '=', value('digest'))
    .limit(1),
);

const lockedVersion = new PreparedQuery<{ id: number }, VersionsTable>((db, value, _dialect, locksRows) =>
  db
    .selectFrom('versions')
    .selectAll()
    .where('id', '=', value('id'))
    .$if(locksRows, query => query.forNoKeyUpdate()),
);

export class SqlVersions implements VersionsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findVersion(id: number): Promise<Version | undefined> {
    const row = await versionById.first(this.#session, { id });
    return row && toVersion(row);
  }

  async findVersions(ids: number[]): Promise<Version[]> {
    return await findVersions(this.#session, ids);
  }

  async findByClientId(clientId: string): Promise<{ kind: 'version' | 'artifact'; id: number } | undefined> {
    await holdName(this.#session, `client id ${clientId}`);
    const row = await this.#session.db
      .selectFrom('client_ids')
      .select(['kind', 'target_id'])
      .where('client_id', '=', clientId)
      .executeTakeFirst();
    return row && { kind: row.kind === 'version' ? 'version' : 'artifact', id: row.target_id };
  }

  async findCommittedByDigest(collectionId: number, digest: string): Promise<Version | undefined> {
    const row = await committedByDigest.first(this.#session, { collectionId, digest });
    return row && toVersion(row);
  }

  async findPendingDistributed(collectionId: number, distributedId: string): Promise<Version | undefined> {
    const row = await this.#session.db
      .selectFrom('versions')
      .selectAll()
      .where('collection_id', '=', collectionId)
      .where('distributed_id', '=', distributedId)
      .where('state', '=', sql.lit('pending'))
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return row && toVersion(row);
  }

  async listExpiredPending(before: number, limit: number): Promise<number[]> {
    const rows = await this.#session.db
      .selectFrom('versions')
      .select('id')
      .where('state', '=', sql.lit('pending'))
      .where('updated_at', '<', before)
      .orderBy('updated_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(row => row.id);
  }

  async listUnsealedInVain(before: number, limit: number): Promise<number[]> {
    // of versions that are under way there are few
    const awaited = this.#session.db
      .selectFrom('versions as v')
      .innerJoin('manifest_drafts as d', 'd.version_id', 'v.id')
      .select('d.manifest_id')
      .where('v.state', '=', sql.lit('pending'))
      .where('v.updated_at', '>=', before)
      .where('d.manifest_id', 'is not', null);
    const rows = await this.#session.db
      .selectFrom('manifests')
      .select('id')
      .where('sealed_at', 'is', null)
      .where('created_at', '<', before)
      .where('id', 'not in', awaited)
      .orderBy('created_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(row => row.id);
  }

  async listPastTimeToLive(now: number, limit: number): Promise<number[]> {
    const rows = await this.#session.db
      .selectFrom('versions')
      .select('versions.id')
      .where('state', '=', sql.lit('committed'))
      .where('ttl_seconds', 'is not', null)
      .where(sql<number>`versions.created_at + ttl_seconds * 1000`, '<=', now)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('memberships')
              .select('memberships.id')
              .whereRef('memberships.version_id', '=', 'versions.id')
              .whereRef('memberships.collection_id', '!=', 'versions.collection_id')
              .where('memberships.deleted_at', 'is', null),
          ),
        ),
      )
      .orderBy('versions.id')
      .limit(limit)
      .execute();
    return rows.map(row => row.id);
  }

  async findManifest(id: number): Promise<ManifestSummary | undefined> {
    const row = await this.#session.db
      .selectFrom('manifests')
      .selectAll()
      .where('id', '=', id)
      .where('sealed_at', 'is not', null)
      .executeTakeFirst();
    return row && toManifest(row);
  }

  async findSealedManifest(identity: string, digest: string): Promise<ManifestSummary | undefined> {
    const row = await sealedManifest.first(this.#session, { identity, digest });
    return row && toManifest(row);
  }

  async findDraft(id: number): Promise<ManifestDraft | undefined> {
    const row = await this.#session.db
      .selectFrom('manifest_drafts')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && toDraft(row);
  }

  async listDrafts(versionId: number): Promise<ManifestDraft[]> {
    const rows = await this.#session.db
      .selectFrom('manifest_drafts')
      .selectAll()
      .where('version_id', '=', versionId)
      .orderBy('id')
      .execute();
    return rows.map(toDraft);
  }

  async haveEntries(manifestIds: number[], atLeast: number): Promise<boolean> {
    return await manifests.haveEntries(this.#session, manifestIds, atLeast);
  }

  async listEntries(
    manifestId: number,
    page: PageRequest,
    filter?: { paths?: string[]; prefix?: string },
  ): Promise<Page<EntryBlob>> {
    return await manifests.listEntries(this.#session, manifestId, page, filter);
  }

  async findEntry(manifestId: number, path: string): Promise<EntryBlob | undefined> {
    return await manifests.findEntry(this.#session, manifestId, path);
  }

  async findEntriesByDigest(manifestId: number, digests: string[]): Promise<EntryBlob[]> {
    return await manifests.findEntriesByDigest(this.#session, manifestId, digests);
  }

  async haveSameEntries(manifestId: number, otherId: number): Promise<boolean> {
    return await manifests.haveSameEntries(this.#session, manifestId, otherId);
  }

  async insertVersion(version: Version, metadata: MetadataRow[] = []): Promise<void> {
    await insertVersions(this.#session, [{ version, metadata }]);
  }

  async lockVersion(id: number): Promise<Version | undefined> {
    const row = await lockedVersion.first(this.#session, { id });
    return row && toVersion(row);
  }

  async updateVersion(id: number, changes: Partial<Omit<Version, 'id' | 'projectId'>>): Promise<void> {
    const columns = versionColumns(changes);
    if (Object.values(columns).every(value => value === undefined)) return;
    await this.#session.db.updateTable('versions').set(columns).where('id', '=', id).execute();
  }

  async insertClientId(clientId: string, kind: 'version' | 'artifact', id: number): Promise<boolean> {
    const result = await this.#session.db
      .insertInto('client_ids')
      .values({ client_id: clientId, kind, target_id: id })
      .onConflict(conflict => conflict.column('client_id').doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async putMetadataRows(versionId: number, rows: MetadataRow[]): Promise<void> {
    await this.#session.db.deleteFrom('version_metadata').where('version_id', '=', versionId).execute();
    await insertMetadataRows(this.#session, [{ version: { id: versionId }, metadata: rows }]);
  }

  async insertManifest(manifest: { id: number; createdAt: number }): Promise<void> {
    await this.#session.db
      .insertInto('manifests')
      .values({
        id: manifest.id,
        digest: null,
        identity: null,
        size: 0,
        file_count: 0,
        created_at: manifest.createdAt,
        sealed_at: null,
      })
      .execute();
  }

  async insertSealedManifest(manifest: ManifestSummary, entries: ResolvedEntry[], at: number): Promise<void> {
    await manifests.insertSealedManifests(this.#session, [{ manifest, entries, at }]);
  }

  async putEntries(manifestId: number, entries: ResolvedEntry[]): Promise<void> {
    await manifests.putEntries(this.#session, manifestId, entries);
  }

  async resolveEntries(manifestId: number, found: FoundBytes[]): Promise<void> {
    await manifests.resolveEntries(this.#session, manifestId, found);
  }

  async sealManifest(manifest: ManifestSummary, at: number): Promise<void> {
    const result = await this.#session.db
      .updateTable('manifests')
      .set({
        digest: manifest.digest,
        identity: manifest.identity,
        size: manifest.size,
        file_count: manifest.fileCount,
        sealed_at: at,
      })
      .where('id', '=', manifest.id)
      .where('sealed_at', 'is', null)
      .executeTakeFirst();
    if (result.numUpdatedRows === 0n) {
      throw new RegistryError('IMMUTABLE', 'The files of this version are sealed already, or were given up.');
    }
  }

  async deleteManifest(id: number, limit: number): Promise<boolean> {
    return await manifests.deleteManifest(this.#session, id, limit);
  }

  async insertDraft(draft: ManifestDraft): Promise<void> {
    await this.#session.db
      .insertInto('manifest_drafts')
      .values({
        id: draft.id,
        version_id: draft.versionId,
        kind: draft.kind,
        name: draft.name,
        file_digest: draft.fileDigest,
        base_version_id: draft.baseVersionId,
        manifest_id: draft.manifestId,
        created_at: draft.createdAt,
      })
      .execute();
  }

  async updateDraft(
    id: number,
    changes: { fileDigest?: string; baseVersionId?: number | null; manifestId?: number },
  ): Promise<void> {
    const columns = {
      ...(changes.fileDigest !== undefined && { file_digest: changes.fileDigest }),
      ...(changes.baseVersionId !== undefined && { base_version_id: changes.baseVersionId }),
      ...(changes.manifestId !== undefined && { manifest_id: changes.manifestId }),
    };
    if (Object.keys(columns).length === 0) return;
    await this.#session.db.updateTable('manifest_drafts').set(columns).where('id', '=', id).execute();
  }
}

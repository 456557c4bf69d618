import { sql } from 'kysely';
import { md5Base64ToHex } from '../../domain/digests.ts';
import type { ManifestSummary, ResolvedEntry } from '../../domain/manifests.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { EntryBlob, FoundBytes } from '../../ports/metadata/versions.ts';
import { insertRows, overwritten } from './bulk-rows.ts';
import { deleteFirst } from './delete-first.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';
import { endOfPrefix } from './text-prefix.ts';
import { type EntryBlobRow, toEntryBlob } from './version-rows.ts';

const byPath: Keyset = { columns: [{ ref: 'f.path', holds: 'string' }] };
const entryRowColumns = [
  ...(['manifest_id', 'path', 'digest', 'size', 'blob_id', 'ref', 'extra', 'birth_version_id'] as const),
];
const entryColumns = ['f.path', 'f.digest', 'f.size', 'f.blob_id', 'f.ref', 'f.extra', 'f.birth_version_id'] as const;

function selectEntries(db: Database) {
  return db
    .selectFrom('manifest_entries as f')
    .leftJoin('blobs as b', 'b.id', 'f.blob_id')
    .select(entryColumns)
    .select(['b.physical_key', 'b.sha256']);
}

const entryByPath = new PreparedQuery<{ manifestId: number; path: string }, EntryBlobRow>((db, value) =>
  selectEntries(db).where('f.manifest_id', '=', value('manifestId')).where('f.path', '=', value('path')),
);

const firstEntries = new PreparedQuery<{ manifestId: number; limit: number }, EntryBlobRow>((db, value) =>
  selectEntries(db).where('f.manifest_id', '=', value('manifestId')).orderBy('f.path').limit(value('limit')),
);

const resolveEntry = new PreparedQuery<
  { manifestId: number; path: string; blobId: number; size: number },
  { path: string }
>((db, value) =>
  db
    .updateTable('manifest_entries')
    .set({ blob_id: value('blobId'), size: value('size') })
    .where('manifest_id', '=', value('manifestId'))
    .where('path', '=', value('path'))
    .returning('path'),
);

export async function findEntry(session: Session, manifestId: number, path: string): Promise<EntryBlob | undefined> {
  const row = await entryByPath.first(session, { manifestId, path });
  return row && toEntryBlob(row);
}

export async function listEntries(
  session: Session,
  manifestId: number,
  page: PageRequest,
  filter: { paths?: string[]; prefix?: string } = {},
): Promise<Page<EntryBlob>> {
  const { db, dialect } = session;
  const answer = (rows: readonly EntryBlobRow[]) => toPage(rows, page, toEntryBlob, row => [row.path]);
  if (!filter.paths && !filter.prefix && !page.after)
    return answer(await firstEntries.all(session, { manifestId, limit: page.limit + 1 }));
  let query = selectEntries(db).where('f.manifest_id', '=', manifestId);
  if (filter.paths) query = query.where(dialect.among('f.path', dialect.list(filter.paths)));
  if (filter.prefix) {
    const end = endOfPrefix(filter.prefix);
    query = query.where('f.path', '>=', filter.prefix);
    if (end !== undefined) query = query.where('f.path', '<', end);
  }
  return answer(await inKeyset(query, byPath, page).execute());
}

export async function haveEntries({ db, dialect }: Session, manifestIds: number[], atLeast: number): Promise<boolean> {
  // no more of them are counted than have to be
  const some = db
    .selectFrom('manifest_entries')
    .select('manifest_id')
    .where(dialect.among('manifest_id', dialect.list(manifestIds)))
    .limit(atLeast);
  const row = await db
    .selectFrom(some.as('some'))
    .select(eb => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count >= atLeast;
}

/** Bytes are named by their MD5, so the way leads through the blobs: an index of every entry's digest is saved. */
export async function findEntriesByDigest(
  session: Session,
  manifestId: number,
  digests: string[],
): Promise<EntryBlob[]> {
  const { db, dialect } = session;
  const md5s = digests.map(md5Base64ToHex).filter(hex => hex !== undefined);
  if (md5s.length === 0) return [];
  const rows = await db
    .selectFrom('blobs as b')
    .innerJoin('manifest_entries as f', 'f.blob_id', 'b.id')
    .select(entryColumns)
    .select(['b.physical_key', 'b.sha256'])
    .where(dialect.among('b.md5', dialect.list(md5s)))
    .where('f.manifest_id', '=', manifestId)
    .orderBy('f.path')
    .execute();
  return rows.map(toEntryBlob);
}

/** Bytes are the same where they are one blob, perhaps because it was found out later that they are. */
export async function haveSameEntries(session: Session, manifestId: number, otherId: number): Promise<boolean> {
  const contents = (id: number) =>
    sql`select f.path, f.digest, f.ref, case when f.ref is null then 0 else f.size end,
      coalesce(b.merged_into, f.blob_id) from manifest_entries f
      left join blobs b on b.id = f.blob_id where f.manifest_id = ${id}`;
  for (const [one, two] of [
    [manifestId, otherId],
    [otherId, manifestId],
  ] as const) {
    const { rows } = await sql`${contents(one)} except ${contents(two)} limit 1`.execute(session.db);
    if (rows.length > 0) return false;
  }
  return true;
}

const replacing = `on conflict ("manifest_id", "path") do update set ${overwritten(entryRowColumns.slice(2))}`;

/** @throws RegistryError `IMMUTABLE` once the manifest is sealed, `NOT_FOUND` */
export async function putEntries(session: Session, manifestId: number, entries: ResolvedEntry[]): Promise<void> {
  await requireOpenManifest(session, manifestId);
  const rows = await entryRows(session, manifestId, entries);
  await insertRows(session, { table: 'manifest_entries', columns: entryRowColumns, ending: replacing }, rows);
}

const manifestColumns = [...(['id', 'digest', 'identity', 'size', 'file_count', 'created_at', 'sealed_at'] as const)];

/** A manifest that comes whole. */
export interface SealedManifest {
  manifest: ManifestSummary;
  entries: ResolvedEntry[];
  at: number;
}

export async function insertSealedManifests(session: Session, sealed: readonly SealedManifest[]): Promise<void> {
  const manifests = sealed.map(({ manifest: { id, digest, identity, size, fileCount }, at }) => [
    ...[id, digest, identity, size, fileCount, at, at],
  ]);
  await insertRows(session, { table: 'manifests', columns: manifestColumns }, manifests);
  const rows: unknown[][] = [];
  for (const { manifest, entries } of sealed) rows.push(...(await entryRows(session, manifest.id, entries)));
  await insertRows(session, { table: 'manifest_entries', columns: entryRowColumns }, rows);
}

async function entryRows(session: Session, manifestId: number, entries: ResolvedEntry[]): Promise<unknown[][]> {
  const currentBlob = await holdUnhashed(session, entries);
  // a path given twice: the last one counts, and one statement may not write a row twice
  const byPath = new Map(entries.map(entry => [entry.path, entry]));
  return Array.from(byPath.values(), entry => [
    manifestId,
    entry.path,
    entry.digest,
    entry.size,
    currentBlob(entry.blobId),
    entry.ref,
    entry.extra,
    entry.birthVersionId,
  ]);
}

/** @throws RegistryError `IMMUTABLE` once the manifest is sealed, `NOT_FOUND` */
export async function resolveEntries(session: Session, manifestId: number, found: FoundBytes[]): Promise<void> {
  await requireOpenManifest(session, manifestId);
  const currentBlob = await holdUnhashed(session, found);
  for (const { path, blobId, size } of found) {
    const row = await resolveEntry.first(session, { manifestId, path, blobId: currentBlob(blobId), size });
    if (!row) throw new RegistryError('NOT_FOUND', `The manifest has no entry for one of the files.`);
  }
}

/**
 * Bytes that nobody has hashed may turn out to be those of another blob: by the time they are written down here, or just
 * then. So such blobs are held first, in the order in which whoever merges them holds them.
 * @returns what each blob is now
 */
async function holdUnhashed(
  { db, dialect }: Session,
  entries: readonly Pick<ResolvedEntry, 'blobId' | 'sha256'>[],
): Promise<<Id extends number | null>(blobId: Id) => Id | number> {
  const ids = new Set(entries.flatMap(({ blobId, sha256 }) => (blobId !== null && sha256 === null ? [blobId] : [])));
  if (ids.size === 0) return blobId => blobId;
  const rows = await db
    .selectFrom('blobs')
    .select(['id', 'merged_into'])
    .where(dialect.among('id', dialect.list([...ids])))
    .orderBy('id')
    .$if(dialect.locksRows, query => query.forKeyShare())
    .execute();
  const merged = new Map(rows.map(row => [row.id, row.merged_into]));
  return blobId => (blobId === null ? blobId : (merged.get(blobId) ?? blobId));
}

/**
 * Removes at most so many entries of a manifest nobody needs, and with the last of them the manifest.
 * @returns whether it is gone
 * @throws RegistryError `IMMUTABLE` once it is sealed: other versions may share it
 */
export async function deleteManifest(session: Session, id: number, limit: number): Promise<boolean> {
  const manifest = await findState(session, id);
  if (manifest === undefined) return true;
  if (manifest.sealed_at !== null) throw sealed();
  if (!(await deleteFirst(session, { table: 'manifest_entries', owner: 'manifest_id', id }, limit))) return false;
  await session.db.deleteFrom('manifests').where('id', '=', id).execute();
  return true;
}

async function requireOpenManifest(session: Session, id: number): Promise<void> {
  const manifest = await findState(session, id);
  if (!manifest) throw new RegistryError('NOT_FOUND', 'There is no such manifest.');
  if (manifest.sealed_at !== null) throw sealed();
}

async function findState(session: Session, id: number): Promise<{ sealed_at: number | null } | undefined> {
  return await session.db
    .selectFrom('manifests')
    .select('sealed_at')
    .where('id', '=', id)
    .$if(session.dialect.locksRows, query => query.forNoKeyUpdate())
    .executeTakeFirst();
}

function sealed(): RegistryError {
  return new RegistryError('IMMUTABLE', 'The files of a version cannot be changed once they are sealed.');
}

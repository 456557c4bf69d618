import type { MetadataRow } from '../../domain/metadata.ts';
import type { Version } from '../../domain/versions.ts';
import { insertRows } from './bulk-rows.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { VersionsTable } from './schema.ts';
import type { Session } from './session.ts';
import { toVersion, versionColumns, versionKeys } from './version-rows.ts';

const versionsById = new PreparedQuery<{ ids: unknown }, VersionsTable>((db, value, dialect) =>
  db
    .selectFrom('versions')
    .selectAll()
    .where(dialect.among('id', value('ids'))),
);

export async function findVersions(session: Session, ids: number[]): Promise<Version[]> {
  const rows = await versionsById.all(session, { ids: session.dialect.list(ids) });
  return rows.map(toVersion);
}

export interface NewVersion {
  version: Version;
  /** what it is found by */
  metadata: readonly MetadataRow[];
}

export async function insertVersions(session: Session, versions: readonly NewVersion[]): Promise<void> {
  const rows = versions.map(({ version }) => {
    const columns = versionColumns(version);
    return versionKeys.map(key => columns[key]);
  });
  await insertRows(session, { table: 'versions', columns: versionKeys }, rows);
  await insertMetadataRows(session, versions);
}

export async function insertMetadataRows(
  session: Session,
  versions: readonly { version: Pick<Version, 'id'>; metadata: readonly MetadataRow[] }[],
): Promise<void> {
  await insertRows(
    session,
    { table: 'version_metadata', columns: ['version_id', 'key', 'position', 'number', 'text'] },
    versions.flatMap(({ version, metadata }) =>
      // PostgreSQL keeps no U+0000, and nobody looks for one
      metadata.map(({ key, number, text }, position) => [
        ...[version.id, storable(key), position, number, text && storable(text)],
      ]),
    ),
  );
}

function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}

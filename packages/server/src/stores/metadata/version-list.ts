import type { Version } from '../../domain/versions.ts';
import { PreparedQuery } from './prepared-query.ts';
import type { VersionsTable } from './schema.ts';
import type { Session } from './session.ts';
import { toVersion } from './version-rows.ts';

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

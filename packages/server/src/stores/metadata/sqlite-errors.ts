import { alreadyExists, appendOnly, databaseBusy, databaseFull, databaseUnavailable } from './storage-errors.ts';

const unavailable = /^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN|READONLY|PERM|AUTH|PROTOCOL|NOLFS)/;

/** Says what SQLite's error means to us; anything else is a mistake of ours and stays as it is. */
export function translateSqliteError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$/.test(code)) {
    const table = /failed: (\w+)\./.exec(error instanceof Error ? error.message : '')?.[1];
    return alreadyExists(table, error);
  }
  if (code === 'SQLITE_CONSTRAINT_TRIGGER') return appendOnly(error);
  if (isBusy(error)) return databaseBusy(error);
  if (code.startsWith('SQLITE_FULL')) return databaseFull(error);
  return unavailable.test(code) ? databaseUnavailable(error) : error;
}

export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error) ?? '');
}

function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('SQLITE_') ? error.code : undefined;
}

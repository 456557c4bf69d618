import Database from 'better-sqlite3';

/**
 * Holds a folder for this process alone, by an exclusive SQLite lock on a file in it: the operating system frees it
 * when the process ends, however it ends, and no stale lock file can stay behind.
 * @returns undefined where another process holds it
 */
export function lockFolder(file: string): { release(): void } | undefined {
  const database = new Database(file, { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

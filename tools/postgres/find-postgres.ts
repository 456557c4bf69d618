import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions keep the server's programs, which are not in PATH. */
const roots = ['/usr/lib/postgresql', '/usr/libexec/postgresql', '/opt/homebrew/opt/postgresql'];

/** The folder with `initdb` and `postgres`, of the newest version that is installed; undefined where there is none. */
export function findPostgres(): string | undefined {
  const versions = roots.flatMap(root =>
    existsSync(root) ? readdirSync(root).map(version => ({ version, folder: join(root, version, 'bin') })) : [],
  );
  versions.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
  const inPath = (process.env.PATH ?? '').split(delimiter);
  return [...versions.map(({ folder }) => folder), ...inPath].find(
    folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** What to do where there is none. */
export const postgresMissing =
  'PostgreSQL is not installed, and the stores are tested on it. On Debian and Ubuntu: apt-get install postgresql ' +
  '(elsewhere: PostgreSQL 14 or later, with initdb in PATH).';

import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions keep the server's programs by version; they are not in PATH. */
const roots = ['/usr/lib/postgresql', '/usr/libexec/postgresql'];
/** The server needs 14; the tests make databases in a language of ICU, which older ones cannot. */
const oldest = 15;

/** The folder with `initdb` and `postgres`, of the newest version that is installed; undefined where there is none. */
export function findPostgres(): string | undefined {
  const installed = roots.flatMap(root =>
    existsSync(root) ? readdirSync(root).map(name => ({ version: Number(name), folder: join(root, name, 'bin') })) : [],
  );
  const newestFirst = installed.filter(({ version }) => version >= oldest).sort((a, b) => b.version - a.version);
  const inPath = (process.env.PATH ?? '').split(delimiter);
  return [...newestFirst.map(({ folder }) => folder), ...inPath].find(
    folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** What to do where there is none. */
export const postgresMissing =
  `PostgreSQL ${oldest} or later is not installed, and the stores are tested on it. ` +
  'On Debian and Ubuntu: apt-get install postgresql (elsewhere: have initdb and postgres in PATH).';

import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { installPackages } from '../debian/install-packages.ts';
import { findPostgres, postgresMissing } from './find-postgres.ts';

/** Why there is no PostgreSQL, as a sentence for the user. */
export class PostgresUnavailable extends Error {}

/** Installs PostgreSQL where it is missing and we may. Only its programs are wanted. @throws PostgresUnavailable */
export function ensurePostgres(): void {
  if (findPostgres() !== undefined) return;
  const attempt = withoutMainCluster(() => installPackages('postgresql'));
  if (findPostgres() === undefined) throw new PostgresUnavailable(`${postgresMissing}\n${attempt?.said ?? ''}`.trim());
}

const clusterSettings = '/etc/postgresql-common/createcluster.conf';
const packagedSettings = '/usr/share/postgresql-common/createcluster.conf';

/** Debian makes a cluster with the package and starts it, unless it is told not to; ours are made by the tests. */
function withoutMainCluster<T>(install: () => T): T {
  if (process.getuid?.() !== 0 || existsSync(clusterSettings)) return install();
  mkdirSync(dirname(clusterSettings), { recursive: true });
  writeFileSync(clusterSettings, 'create_main_cluster = false\n');
  try {
    return install();
  } finally {
    if (existsSync(packagedSettings)) copyFileSync(packagedSettings, clusterSettings);
    else rmSync(clusterSettings);
  }
}

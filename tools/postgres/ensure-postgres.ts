import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findPostgres, postgresMissing } from './find-postgres.ts';

/** Why there is no PostgreSQL, as a sentence for the user. */
export class PostgresUnavailable extends Error {}

/**
 * Installs PostgreSQL where it is missing and we may: Debian, as root. Only its programs are wanted; the tests make
 * clusters of their own. @throws PostgresUnavailable
 */
export function ensurePostgres(): void {
  if (findPostgres() !== undefined) return;
  let said = '';
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log('Installing PostgreSQL from Debian …');
    keepDebianFromStartingOne();
    const options = { encoding: 'utf8' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update', '-qq'], options);
    const apt = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], options);
    if (apt.status !== 0) said = `\n${apt.stdout}${apt.stderr}`;
  }
  if (findPostgres() === undefined) throw new PostgresUnavailable(`${postgresMissing}${said}`);
}

/** Debian makes a cluster with the package and starts it; where the file is there, it leaves that be. */
function keepDebianFromStartingOne(): void {
  const file = '/etc/postgresql-common/createcluster.conf';
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'create_main_cluster = false\n');
}

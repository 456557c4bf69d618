import { spawnSync } from 'node:child_process';
import { missingRadosgwPrograms, radosgwMissing } from './find-radosgw.ts';

/** Why there is no Ceph, as a sentence for the user. */
export class RadosgwUnavailable extends Error {}

/**
 * Installs Ceph's gateway and what it stands on where they are missing and we may: Debian, as root. Only the programs
 * are wanted; the tests make clusters of their own. @throws RadosgwUnavailable
 */
export function ensureRadosgw(): void {
  if (missingRadosgwPrograms().length === 0) return;
  let said = '';
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log('Installing Ceph from Debian …');
    const options = { encoding: 'utf8' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update', '-qq'], options);
    const packages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'];
    const apt = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
    if (apt.status !== 0) said = `\n${apt.stdout}${apt.stderr}`;
  }
  const missing = missingRadosgwPrograms();
  if (missing.length > 0) throw new RadosgwUnavailable(`${radosgwMissing(missing)}${said}`);
}

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a throw-away Ceph with an S3 gateway is made of. */
const programs = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool'] as const;

/** Programs that are not in PATH. */
export function missingRadosgwPrograms(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return programs.filter(program => !folders.some(folder => existsSync(join(folder, program))));
}

/** What to do where some are missing. */
export function radosgwMissing(missing: readonly string[]): string {
  return (
    `Ceph is not installed (${missing.join(', ')}), and the store of blobs in S3 is tested on its gateway. ` +
    'On Debian and Ubuntu: apt-get install radosgw ceph-mon ceph-osd ceph-common.'
  );
}

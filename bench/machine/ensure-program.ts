import { spawnSync } from 'node:child_process';

/** Installs a Debian package where its program is missing and we may. @throws Error that says what to install */
export function ensureProgram(program: string, debianPackage: string): void {
  if (exists(program)) return;
  if (process.getuid?.() === 0 && exists('apt-get')) {
    console.log(`Installing ${debianPackage} from Debian …`);
    const options = { encoding: 'utf8' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], options);
  }
  if (!exists(program))
    throw new Error(`${program} is missing. On Debian and Ubuntu: apt-get install ${debianPackage}`);
}

function exists(program: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  return found.status === 0;
}

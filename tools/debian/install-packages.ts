import { spawnSync } from 'node:child_process';

/**
 * Installs packages from Debian where we may: on Debian and its like, as root.
 * @returns undefined where we may not; else whether it worked, and what apt-get said where it did not
 */
export function installPackages(...names: string[]): { installed: boolean; said: string } | undefined {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return undefined;
  console.log(`Installing ${names.join(', ')} from Debian …`);
  const options = { encoding: 'utf8' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  // another program may be installing something just now
  const patient = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  // a fresh machine has no lists; where the network is gone, old ones may do
  const update = spawnSync('apt-get', ['update', ...patient], options);
  const install = spawnSync('apt-get', ['install', '-y', ...patient, '--no-install-recommends', ...names], options);
  if (install.status === 0) return { installed: true, said: '' };
  const said = [update, install].map(
    ({ stdout, stderr, error }) => `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  );
  return { installed: false, said: said.join('').trim() };
}

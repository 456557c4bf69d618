/** Python environments for the demo and the compatibility tests, made once and reused. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installPackages } from '../debian/install-packages.ts';

/** Why there is no environment, as a sentence for the user. */
export class PythonUnavailable extends Error {}

export interface PythonEnvironment {
  readonly folder: string;
  /** Lines as pip reads them. */
  readonly requirements: readonly string[];
  /** What is being prepared, for the line that is shown. */
  readonly label: string;
  readonly mayInstallPackages?: boolean;
}

/**
 * A virtual environment with exactly `requirements`. Answers the path of its Python. With
 * `mayInstallPackages` a missing venv module is installed where that is possible: Debian, as root.
 */
export function ensureEnvironment({
  folder,
  requirements,
  label,
  mayInstallPackages = false,
}: PythonEnvironment): string {
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, '.installed-requirements');
  const wanted = `${requirements.join('\n')}\n`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && runs(python)) return python;

  console.log(`Preparing Python with ${label} …`);
  rmSync(stamp, { force: true });
  mkdirSync(dirname(folder), { recursive: true });
  // Not --clear: other environments may lie inside this folder.
  if (!runs(python)) makeEnvironment(folder, mayInstallPackages);
  const list = join(folder, 'requirements.txt');
  writeFileSync(list, wanted);
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', list], {
    encoding: 'utf8',
  });
  if (pip.status !== 0) throw new PythonUnavailable(`pip could not install ${label}:\n${pip.stdout}${pip.stderr}`);
  writeFileSync(stamp, wanted);
  return python;
}

/** The lines of a requirements file that name something. */
export function readRequirements(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}

function makeEnvironment(folder: string, mayInstallPackages: boolean): void {
  const first = venv(folder);
  if (first === undefined) return;
  const attempt = mayInstallPackages ? installPackages('python3-venv') : undefined;
  if (attempt && !attempt.installed)
    throw new PythonUnavailable(`python3-venv could not be installed:\n${attempt.said}`);
  if (attempt) {
    const second = venv(folder);
    if (second === undefined) return;
    throw new PythonUnavailable(second);
  }
  const what = runs('python3') ? 'Python lacks its module "venv"' : 'There is no "python3" in PATH';
  throw new PythonUnavailable(
    `${what}. On Debian and Ubuntu, install it with: apt-get install python3-venv\n` +
      `(elsewhere: Python 3.10 or later with venv and pip). Then run this again.\n${first}`,
  );
}

/** Undefined when it worked, else what Python said. */
function venv(folder: string): string | undefined {
  const made = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.status === 0) return undefined;
  return `${made.stdout ?? ''}${made.stderr ?? ''}${made.error?.message ?? ''}`.trim();
}

function runs(python: string): boolean {
  return spawnSync(python, ['-c', 'import sys']).status === 0;
}

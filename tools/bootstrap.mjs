/**
 * What every command of the repository needs before anything else: the dependencies, and a Node that is new enough.
 * Runs on the host's own Node (20 or later) with nothing installed, so it imports only what Node brings.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

const requiredMajor = 24;
const modulesFolder = join(repositoryRoot, 'node_modules');
const binFolder = join(modulesFolder, '.bin');
const bundledNode = join(binFolder, process.platform === 'win32' ? 'node.exe' : 'node');

/** Installs what the lock file names, unless that is what is installed already. Exits the process when it cannot. */
export function ensureDependencies() {
  const upToDate = isInstalled();
  if (!upToDate) {
    console.log('Installing dependencies (the first time takes a minute) …');
    const started = Date.now();
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    console.log(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
  }
  // Asking the binary for its version costs a tenth of the time in which the server is to be ready.
  if (!upToDate || !existsSync(bundledNode)) ensureNode();
}

/**
 * How Node is to run the server. New objects get 4 MiB before garbage is collected instead of 16: the server does the same
 * work in 40 MiB less, and its short pauses get shorter still.
 */
export function serverNodeOptions() {
  return JSON.parse(readFileSync(join(repositoryRoot, 'tools', 'server-node-options.json'), 'utf8'));
}

/** The Node to run the sources with: the current one when it is new enough, else the one the dependencies brought. */
export function nodeBinary() {
  return isNewEnough(process.version) ? process.execPath : bundledNode;
}

/**
 * The environment for that Node: the repository's own programs first in PATH, and compiled code kept between starts,
 * which makes the second start about twice as fast.
 */
export function nodeEnvironment() {
  const cacheFolder = join(modulesFolder, '.cache', 'node-compile');
  return {
    ...process.env,
    PATH: `${binFolder}${delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cacheFolder,
  };
}

/**
 * Runs a source file of the repository in place of this process: same arguments, same terminal, and signals and exit
 * code passed on. `nodeOptions` are for Node itself.
 */
export function runSource(file, args = process.argv.slice(2), nodeOptions = []) {
  const path = join(repositoryRoot, file);
  if (!existsSync(path)) fail(`${file} is missing from this checkout.`);
  const child = spawn(nodeBinary(), [...nodeOptions, path, ...args], { stdio: 'inherit', env: nodeEnvironment() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C reaches the whole group: the child has it already, and we only stay until it has finished.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on('error', error => fail(`Node could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
  return child;
}

/** Prints one sentence and gives up. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

/**
 * Compares the lock file with npm's own record of what it installed last. Optional packages may be absent: most are for
 * other platforms.
 */
function isInstalled() {
  const record = join(modulesFolder, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional) return true;
    return installed[path] !== undefined && installed[path].version === entry.version;
  });
}

/**
 * The package `node` fetches its binary in an install script. npm 12 runs such a script only where package.json allows
 * it (`allowScripts`), and `ignore-scripts` or an older setting may still have skipped it: then run it here.
 */
function ensureNode() {
  if (isNewEnough(process.version) || bundledNodeWorks()) return;
  npm(['rebuild', 'node', '--no-ignore-scripts', '--loglevel=error']);
  if (bundledNodeWorks()) return;
  const folder = join(modulesFolder, 'node');
  spawnSync(process.execPath, ['installArchSpecificPackage'], { cwd: folder, env: process.env, encoding: 'utf8' });
  if (bundledNodeWorks()) return;
  fail(
    `Node ${requiredMajor} is needed and this is ${process.version}. The dependency that brings it could not install itself: ` +
      'allow the install script of the package "node" in npm, or install Node 24 by hand.',
  );
}

function bundledNodeWorks() {
  if (!existsSync(bundledNode)) return false;
  const answer = spawnSync(bundledNode, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && isNewEnough(answer.stdout);
}

function isNewEnough(version) {
  return Number(version.replace(/^v/, '').split('.')[0]) >= requiredMajor;
}

/** Quiet while all is well; everything npm said when it is not. */
function npm(args) {
  // Under `npm run`, npm_execpath is the npm that is running; otherwise the one in PATH.
  const own = process.env.npm_execpath;
  const [command, prefix] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  const answer = spawnSync(command, [...prefix, ...args], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    shell: command === 'npm' && process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (answer.status === 0) return;
  process.stderr.write(`${answer.stdout ?? ''}${answer.stderr ?? ''}${answer.error?.message ?? ''}\n`);
  fail(`npm ${args[0]} failed; what it said is above.`);
}

/**
 * Runs every check and every test, and sums them up in the last line.
 * `npm test -- check`, `unit` or `compat` runs one part.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePostgres, PostgresUnavailable } from '../postgres/ensure-postgres.ts';
import { ensureEnvironment, PythonUnavailable, readRequirements } from '../python/environment.ts';
import { ensureRadosgw, RadosgwUnavailable } from '../radosgw/ensure-radosgw.ts';
import { broken, type Outcome, outcomeOfPytest, outcomeOfVitest, total, type VitestReport } from './outcome.ts';

const repositoryRoot = join(import.meta.dirname, '..', '..');

/** The newest client runs the whole suite, these run the core flows beside it. */
const olderClients = ['0.30.0', '0.29.0'];

const parts: Readonly<Record<string, () => Promise<Outcome>>> = { check: runCheck, unit: runVitest, compat: runPytest };
const chosen = process.argv.slice(2);
const unknown = chosen.find(name => !(name in parts));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}"; there are ${Object.keys(parts).join(', ')}.`);
  process.exit(1);
}

const reports = mkdtempSync(join(tmpdir(), 'weighhouse-test-'));
const environment = cleanEnvironment();
const outcomes: Outcome[] = [];
for (const [name, run] of Object.entries(parts)) {
  if (chosen.length === 0 || chosen.includes(name)) outcomes.push(await run());
}
rmSync(reports, { recursive: true, force: true });

const sum = total(outcomes, { skipsFail: process.env.CI === 'true' });
console.log('');
for (const problem of sum.problems) console.log(`Failed: ${problem}`);
if (sum.skipped > 0) console.log(`${sum.skipped} skipped (a failure where CI=true)`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 ? 1 : 0;

async function runCheck(): Promise<Outcome> {
  heading('Types, style, layers, generated files, dependencies, documentation');
  const { scripts } = readJson<{ scripts: { check: string } }>(join(repositoryRoot, 'package.json'));
  const code = await run('sh', ['-c', scripts.check]);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0, problems: [] } : broken('npm run check');
}

async function runVitest(): Promise<Outcome> {
  heading('Units, stores and HTTP');
  const missing = sharedStoresMissing();
  const file = join(reports, 'vitest.json');
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const code = await run(process.execPath, [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...(missing ? ['--project=local'] : []),
  ]);
  const outcome = outcomeOfVitest(existsSync(file) ? readJson<VitestReport>(file) : undefined, code);
  return total([outcome, ...(missing ? [missing] : [])], { skipsFail: false });
}

/** What the second pair of stores lacks, if it lacks anything that cannot be installed. */
function sharedStoresMissing(): Outcome | undefined {
  try {
    ensurePostgres();
    ensureRadosgw();
    return undefined;
  } catch (error) {
    if (!(error instanceof PostgresUnavailable || error instanceof RadosgwUnavailable)) throw error;
    console.error(error.message);
    return broken('there is no PostgreSQL, or no object storage, to test the stores on');
  }
}

/**
 * The whole suite with the newest client on both pairs of stores, the core flows with the older ones. On the first pair each
 * client adds its column to the results file. The pairs run beside each other, since the clients
 * wait more than they compute; what is printed of the second one comes at its end.
 */
async function runPytest(): Promise<Outcome> {
  heading('Stock wandb clients');
  try {
    const [newest, ...older] = preparePythons();
    const onEmbedded = async () => {
      const outcomes = [await pytest(newest, ['--write-results'])];
      for (const client of older) outcomes.push(await pytest(client, ['--write-results', '-m', 'core']));
      return outcomes;
    };
    const onShared = async () =>
      sharedStoresMissing() ??
      pytest({ ...newest, label: `${newest.label} on shared stores` }, ['--stores=shared'], collect);
    const [embedded, shared] = await Promise.all([onEmbedded(), onShared()]);
    return total([...embedded, shared], { skipsFail: false });
  } catch (error) {
    if (!(error instanceof PythonUnavailable)) throw error;
    console.error(error.message);
    return broken('the compatibility tests have no Python');
  }
}

async function pytest({ label, python }: Client, selection: readonly string[], runIt = run): Promise<Outcome> {
  const file = join(reports, `${label}.xml`);
  const options = ['-q', '-p', 'no:cacheprovider', '--tb=short', `--junitxml=${file}`];
  const code = await runIt(python, ['-m', 'pytest', join('tests', 'compat'), ...options, ...selection]);
  const outcome = outcomeOfPytest(existsSync(file) ? readFileSync(file, 'utf8') : undefined, code);
  return { ...outcome, problems: outcome.problems.map(problem => `${label}: ${problem}`) };
}

interface Client {
  readonly label: string;
  readonly python: string;
}

/** `.venv` holds the newest client, `.venv/wandb-<version>` each older one with the same tools. */
function preparePythons(): readonly [Client, ...Client[]] {
  const requirements = readRequirements(join(repositoryRoot, 'tests', 'compat', 'requirements.txt'));
  const folder = join(repositoryRoot, '.venv');
  const label = requirements.find(line => line.startsWith('wandb==')) ?? 'wandb';
  const newest = { label, python: ensureEnvironment({ folder, requirements, label, mayInstallPackages: true }) };
  const older = olderClients.map(version => {
    const client = `wandb==${version}`;
    const pinned = requirements.map(line => (line === label ? client : line));
    const place = join(folder, `wandb-${version}`);
    return { label: client, python: ensureEnvironment({ folder: place, requirements: pinned, label: client }) };
  });
  return [newest, ...older];
}

function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 76 - text.length))}\n`);
}

/** @returns the exit code; what it prints is seen as it comes */
async function run(command: string, args: readonly string[]): Promise<number> {
  return await ended(spawn(command, args, { cwd: repositoryRoot, stdio: 'inherit', env: environment }));
}

/** The same with what it prints seen as a whole, at its end: for what runs beside others. */
async function collect(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await ended(child);
  console.log(`\n${Buffer.concat(chunks).toString()}`);
  return code;
}

async function ended(child: ChildProcess): Promise<number> {
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

/** Settings of the developer's own server or account must not reach the tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(WEIGHHOUSE|WANDB)_/.test(name) || name.startsWith('WEIGHHOUSE_TEST_'),
  );
  return { ...Object.fromEntries(kept), WANDB_ERROR_REPORTING: 'false', PYTHONDONTWRITEBYTECODE: '1' };
}

function readJson<Shape>(file: string): Shape {
  return JSON.parse(readFileSync(file, 'utf8')) as Shape;
}

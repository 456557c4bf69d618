/** Starts a throw-away server, trains against it with the stock client, and says how that went. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEnvironment, PythonUnavailable, readRequirements } from '../python/environment.ts';
import { startThrowAwayServer, type ThrowAwayServer } from './throw-away-server.ts';

const repositoryRoot = join(import.meta.dirname, '..', '..');
/** `npm run demo` trains and promotes one classifier; `npm run demo -- month` goes through a demanding month. */
const example = process.argv[2] === 'month' ? 'a_month_of_models.py' : 'train_digits.py';
const python = preparePython();
const server = await startServer();
console.log(`A throw-away server is ready at ${server.url} after ${server.readyAfter} ms.\n`);
console.log(`$ python examples/${example}`);

const started = Date.now();
const outcome = await runScript();
const seconds = ((Date.now() - started) / 1000).toFixed(1);
if (outcome !== 0) console.error(`\nThe server said:\n${server.readLog()}`);
await server.stop();
if (outcome !== 0) fail(`The demo failed: the script ended with ${outcome} after ${seconds} s.`);
console.log(
  `\nThe demo worked: logged, linked, promoted, loaded and verified in ${seconds} s; the server and its data are gone again.` +
    '\nTo keep what you log, run `npm start` and point your own script at it.',
);

function preparePython(): string {
  try {
    return ensureEnvironment({
      folder: join(repositoryRoot, '.venv', 'demo'),
      requirements: readRequirements(join(repositoryRoot, 'examples', 'requirements.txt')),
      label: 'the wandb client and scikit-learn (the first time takes a minute)',
    });
  } catch (error) {
    if (error instanceof PythonUnavailable) fail(error.message);
    throw error;
  }
}

function startServer(): Promise<ThrowAwayServer> {
  return startThrowAwayServer().catch((error: Error) => fail(error.message));
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** Answers the exit code, or the name of the signal. Ctrl-C ends the script first, and then us in good order. */
function runScript(): Promise<number | NodeJS.Signals | null> {
  const workFolder = join(server.folder, 'work');
  mkdirSync(workFolder);
  const child = spawn(python, [join(repositoryRoot, 'examples', example)], {
    cwd: workFolder,
    stdio: 'inherit',
    env: { ...withoutClientSettings(process.env), ...clientSettings(workFolder) },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise(resolve => child.once('exit', (code, signal) => resolve(code ?? signal)));
}

/** The two lines that any script needs, and what keeps this one from touching anything else on the machine. */
function clientSettings(workFolder: string): Record<string, string> {
  return {
    WANDB_BASE_URL: server.url,
    WANDB_API_KEY: server.apiKey,
    WANDB_DIR: workFolder,
    WANDB_CACHE_DIR: join(workFolder, 'cache'),
    WANDB_CONFIG_DIR: join(workFolder, 'config'),
    WANDB_DATA_DIR: join(workFolder, 'data'),
    WANDB_ERROR_REPORTING: 'false',
    WANDB_SILENT: 'true',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
    PYTHONUNBUFFERED: '1',
  };
}

function withoutClientSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('WANDB_')));
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensureEnvironment, readRequirements } from '../../tools/python/environment.ts';
import { benchKey } from '../server/measured-server.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A script that uses the stock client, done step by step. */
export interface WandbScript<Step extends string> {
  /** of the client */
  version: string;
  /** @returns what the script measured itself, in seconds */
  step(name: Step, argument: number): Promise<Record<string, number>>;
  end(): Promise<void>;
}

/** Uses the environment of the compatibility tests, and makes it where it is not there. */
export async function startWandbScript<Step extends string>(
  file: 'log_models.py' | 'search_models.py',
  url: string,
  folder: string,
  args: readonly string[] = [],
): Promise<WandbScript<Step>> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const requirements = readRequirements(join(repository, 'tests', 'compat', 'requirements.txt'));
  const label = requirements.find(line => line.startsWith('wandb==')) ?? 'wandb';
  const python = ensureEnvironment({
    folder: join(repository, '.venv'),
    requirements,
    label,
    mayInstallPackages: true,
  });
  await mkdir(folder, { recursive: true });
  const places = Object.fromEntries(
    ['CACHE', 'DATA', 'CONFIG', 'ARTIFACT'].map(name => [`WANDB_${name}_DIR`, join(folder, name.toLowerCase())]),
  );
  const child = spawn(python, [script, folder, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      ...places,
      WANDB_BASE_URL: url,
      WANDB_API_KEY: benchKey,
      WANDB_SILENT: 'true',
      WANDB_ERROR_REPORTING: 'false',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve));
  const answers = answersOf(child);
  const read = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`the script with the wandb client ended with ${await exited}`);
    return JSON.parse(value) as Record<string, number>;
  };
  const { version } = (await read()) as unknown as { version: string };
  return {
    version,
    step(name, argument) {
      child.stdin?.write(`${name} ${argument}\n`);
      return read();
    },
    async end() {
      child.stdin?.end('end 0\n');
      await exited;
    },
  };
}

function answersOf(child: ChildProcess): AsyncIterator<string> {
  if (!child.stdout) throw new Error('the script has no output');
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

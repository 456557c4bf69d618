/** A server on a free port with a temporary data folder, for as long as one command needs it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../net/free-port.ts';

const patience = 20_000;
const entry = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'main.ts');

export interface ThrowAwayServer {
  readonly url: string;
  readonly apiKey: string;
  /** Temporary; goes with the server. */
  readonly folder: string;
  /** Milliseconds from the start of the process to the first request that was answered. */
  readonly readyAfter: number;
  readonly readLog: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts the server and waits until it answers. `stop()` ends it and removes `folder` with everything in it. */
export async function startThrowAwayServer(): Promise<ThrowAwayServer> {
  const folder = mkdtempSync(join(tmpdir(), 'weighhouse-demo-'));
  const port = await freePort();
  const apiKey = randomBytes(20).toString('hex');
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', log, log],
    env: {
      ...withoutSettings(process.env),
      WEIGHHOUSE_PORT: String(port),
      WEIGHHOUSE_DATA: join(folder, 'data'),
      WEIGHHOUSE_BOOTSTRAP_API_KEY: apiKey,
      WEIGHHOUSE_MIN_FREE_BYTES: '0',
    },
  });
  closeSync(log);
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const started = Date.now();
  while (!(await isReady(url))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() - started > patience) {
      const said = readFileSync(logFile, 'utf8');
      await stop();
      throw new Error(`The server did not become ready. What it said:\n${said}`);
    }
    await sleep(50);
  }
  return { url, apiKey, folder, readyAfter: Date.now() - started, readLog: () => readFileSync(logFile, 'utf8'), stop };
}

/** A copy of the environment that holds no setting of another server. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('WEIGHHOUSE_')));
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

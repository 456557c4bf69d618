import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type BenchDatabase, databaseSetting } from '../database/bench-database.ts';
import type { ProbeReport } from './probe.ts';
import { serverNodeOptions } from './server-node-options.ts';

export const benchKey = 'benchkey0123456789012345678901234567890123456789';

/** A real server in a process of its own, as `npm start` runs it. */
export interface RunningServer {
  url: string;
  pid: number;
  /** seconds from spawning the process until `/readyz` answered */
  readySeconds: number;
  stop(): Promise<void>;
}

/** The same with a probe in it, whose timers take some of its CPU. */
export interface MeasuredServer extends RunningServer {
  reset(): Promise<ProbeReport>;
  report(): Promise<ProbeReport>;
}

const entry = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
const probe = new URL('./probe.ts', import.meta.url).href;

/** `database`: unless given, an SQLite file in the data folder. */
export async function startServer(dataFolder: string, database?: BenchDatabase): Promise<RunningServer> {
  return (await start([], dataFolder, database)).server;
}

/** `database`: unless given, an SQLite file in the data folder. */
export async function startMeasuredServer(dataFolder: string, database?: BenchDatabase): Promise<MeasuredServer> {
  const { server, child } = await start(['--import', probe], dataFolder, database);
  const ask = async (what: 'reset' | 'report') => {
    child.send(what);
    const [report] = await once(child, 'message');
    return report as ProbeReport;
  };
  return { ...server, reset: () => ask('reset'), report: () => ask('report') };
}

async function start(
  nodeOptions: readonly string[],
  dataFolder: string,
  database: BenchDatabase | undefined,
): Promise<{ server: RunningServer; child: ChildProcess }> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...serverNodeOptions, ...nodeOptions, entry], {
    env: {
      ...process.env,
      WEIGHHOUSE_DATA: dataFolder,
      WEIGHHOUSE_PORT: '0',
      WEIGHHOUSE_BOOTSTRAP_API_KEY: benchKey,
      WEIGHHOUSE_LOG_LEVEL: 'error',
      ...(database && databaseSetting(database)),
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', chunk => {
    output += chunk;
  });
  while (!/ready at (\S+)/.test(output)) {
    if (child.exitCode !== null) throw new Error(`the server did not start:\n${output}`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  const url = /ready at (\S+)/.exec(output)?.[1] ?? '';
  await (await fetch(`${url}/readyz`)).arrayBuffer();
  const readySeconds = (performance.now() - begun) / 1000;
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  return { server: { url, pid: child.pid ?? 0, readySeconds, stop }, child };
}

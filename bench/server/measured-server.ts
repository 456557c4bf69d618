import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type BenchDatabase, databaseSetting } from '../database/bench-database.ts';
import type { ProbeReport } from './probe.ts';
import { serverNodeOptions } from './server-node-options.ts';

export const benchKey = 'benchkey0123456789012345678901234567890123456789';

export interface MeasuredServer {
  url: string;
  pid: number;
  /** seconds from spawning the process until `/readyz` answered */
  readySeconds: number;
  reset(): Promise<ProbeReport>;
  report(): Promise<ProbeReport>;
  stop(): Promise<void>;
}

const entry = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
const probe = new URL('./probe.ts', import.meta.url).href;

/** The real server on a data folder, with a probe in it. `database`: unless given, an SQLite file in the folder. */
export async function startMeasuredServer(dataFolder: string, database?: BenchDatabase): Promise<MeasuredServer> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...serverNodeOptions, '--import', probe, entry], {
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
  const ask = async (what: 'reset' | 'report') => {
    child.send(what);
    const [report] = await once(child, 'message');
    return report as ProbeReport;
  };
  return {
    url,
    pid: child.pid ?? 0,
    readySeconds,
    reset: () => ask('reset'),
    report: () => ask('report'),
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
export const testKey = 'test-key-0123456789-0123456789-0123456789-0123456789';

export interface ServerProcess {
  url: string;
  pid: number;
  /** everything the process wrote so far, both streams */
  output(): string;
  /** No farewell: `kill -9`. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the real server as its own process on a free port; resolves once it answers. */
export async function startServerProcess(
  dataFolder: string,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [entry], {
    env: {
      ...process.env,
      WEIGHHOUSE_DATA: dataFolder,
      WEIGHHOUSE_PORT: '0',
      WEIGHHOUSE_BOOTSTRAP_API_KEY: testKey,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const url = await readyAddress(child, () => output);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

async function readyAddress(child: ChildProcess, output: () => string): Promise<string> {
  for (;;) {
    const match = /ready at (\S+)/.exec(output());
    if (match?.[1]) return match[1];
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server did not start:\n${output()}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface Usage {
  /** bytes */
  peakRss: number;
  maxLoopDelayMs: number;
  /** of all threads since the process began */
  cpuSeconds: number;
}

export interface BareServer {
  url: string;
  /** Starts a measurement; returns the memory it begins with, in bytes. */
  reset: () => Promise<number>;
  usage: () => Promise<Usage>;
  stop: () => Promise<void>;
}

export async function startBareServer(root: string): Promise<BareServer> {
  const child = fork(new URL('./bare-server.ts', import.meta.url), [root], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout === null) throw new Error('the server has no output');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${Number(line.toString())}`;
  return {
    url,
    reset: async () => ((await (await fetch(`${url}/reset`, { method: 'POST' })).json()) as { rss: number }).rss,
    usage: async () => (await (await fetch(`${url}/usage`)).json()) as Usage,
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

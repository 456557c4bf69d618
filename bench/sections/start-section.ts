import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type SectionResult, under } from '../report/section-result.ts';
import { median, spread } from '../report/spread.ts';
import { benchKey } from '../server/measured-server.ts';
import { serverNodeOptions } from '../server/server-node-options.ts';
import type { BenchOptions } from './section.ts';

const starter = fileURLToPath(new URL('../../tools/start.mjs', import.meta.url));
const entry = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

/** How long from the command to the first good answer of `/readyz`, and what the idle server holds in memory. */
export async function startSection({ folder, rounds, say }: BenchOptions): Promise<SectionResult> {
  say('starting on an empty folder');
  const count = rounds + 2;
  const first: number[] = [];
  const again: number[] = [];
  const direct: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < count; round++) {
    const data = join(folder, String(round));
    first.push((await startOnce(starter, data, false)).seconds);
    again.push((await startOnce(starter, data, false)).seconds);
    const server = await startOnce(entry, join(folder, `${round}-direct`), round < 3);
    direct.push(server.seconds);
    if (server.rss !== undefined) memory.push(server.rss / 2 ** 20);
  }
  return {
    title: 'Start',
    figures: [
      { what: 'ready on an empty folder', value: `${median(first).toFixed(2)} s`, spread: spread(first) },
      { what: 'ready on a folder in use', value: `${median(again).toFixed(2)} s`, spread: spread(again) },
      { what: 'without the starter script', value: `${median(direct).toFixed(2)} s`, spread: spread(direct) },
      { what: 'memory, idle', value: `${median(memory).toFixed(0)} MiB`, spread: spread(memory, 0) },
    ],
    verdicts: [
      under('ready on an empty folder in under 1 s', 1, median(first), 's'),
      under('idle in under 150 MiB', 150, median(memory), 'MiB'),
    ],
  };
}

async function startOnce(script: string, data: string, idle: boolean): Promise<{ seconds: number; rss?: number }> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...(script === entry ? serverNodeOptions : []), script], {
    env: {
      ...process.env,
      WEIGHHOUSE_DATA: data,
      WEIGHHOUSE_PORT: '0',
      WEIGHHOUSE_BOOTSTRAP_API_KEY: benchKey,
      WEIGHHOUSE_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  try {
    let output = '';
    child.stdout.on('data', chunk => {
      output += chunk;
    });
    while (!/ready at (\S+)/.test(output)) {
      if (child.exitCode !== null) throw new Error(`the server did not start:\n${output}`);
      await sleep(2);
    }
    const answer = await fetch(`${/ready at (\S+)/.exec(output)?.[1]}/readyz`);
    if (!answer.ok) throw new Error(`/readyz answered ${answer.status}`);
    const seconds = (performance.now() - begun) / 1000;
    if (!idle) return { seconds };
    await sleep(4000);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return { seconds, rss: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024 };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

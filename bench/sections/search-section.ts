import { join } from 'node:path';
import { startWandbScript } from '../client/wandb-script.ts';
import { versionsPerModel } from '../registry/generated-registry.ts';
import { startFilledServer } from '../registry/start-filled-server.ts';
import { type Figure, type SectionResult, under } from '../report/section-result.ts';
import { median, spread } from '../report/spread.ts';
import type { ProbeReport } from '../server/probe.ts';
import type { BenchOptions } from './section.ts';

const versions = 100_000;
const cached = 302;

type Step = 'fetch_artifact' | 'search' | 'search_metadata' | 'log_few' | 'use_few';

/** What the stock client asks of a registry of 100,000 linked versions, as time in which its requests were at the server. */
export async function searchSection({ folder, rounds, say }: BenchOptions): Promise<SectionResult> {
  const count = versions.toLocaleString('en');
  const data = join(folder, 'data');
  say(`filling a registry with ${count} linked versions`);
  const server = await startFilledServer(data, versions);
  try {
    const artifacts = String(versions / versionsPerModel);
    const script = await startWandbScript<Step>('search_models.py', server.url, join(folder, 'client'), [artifacts]);
    const ask = async (step: Step, argument: number) => {
      await server.reset();
      await script.step(step, argument);
      return await server.report();
    };
    const times = async (step: Step, calls: number) => {
      say(`${step}, ${calls} times`);
      const all: number[] = [];
      // the first ones open connections and fill caches
      for (let i = 0; i < calls + 20; i++) {
        const { requestMs } = await ask(step, i);
        if (i >= 20) all.push(requestMs);
      }
      return all.toSorted((a, b) => a - b);
    };
    const fetched = await times('fetch_artifact', 150 * rounds);
    const searched = await times('search', 110 * rounds);
    const filtered = await times('search_metadata', 90 * rounds);
    say(`${cached} artifacts that the client has in its cache`);
    await ask('log_few', cached);
    const used: ProbeReport[] = [];
    for (let round = 0; round < rounds; round++) used.push(await ask('use_few', cached));
    const usedSeconds = used.map(({ busyMs }) => busyMs / 1000);
    await script.end();
    return {
      title: `Search by the stock client with ${count} linked versions, time at the server`,
      figures: [
        figure('Api().artifact()', fetched),
        figure('search of registered models and their versions', searched),
        figure('search by metadata', filtered),
        {
          what: `${cached} artifacts in the client's cache, resolved`,
          value: `${median(usedSeconds).toFixed(2)} s`,
          spread: spread(usedSeconds, 2),
          note: `${used[0]?.requests} requests, ${median(used.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2)} s of CPU`,
        },
      ],
      verdicts: [
        under('Api().artifact(): p95 under 15 ms', 15, at(fetched, 0.95), 'ms'),
        under('search of a registry: p95 under 50 ms', 50, at(searched, 0.95), 'ms'),
        under('search by metadata: p95 under 200 ms', 200, at(filtered, 0.95), 'ms'),
        under(`${cached} cached artifacts resolve: under 1 s`, 1, median(usedSeconds), 's'),
      ],
    };
  } finally {
    await server.stop();
  }
}

function figure(what: string, sorted: readonly number[]): Figure {
  return {
    what,
    value: `p50 ${at(sorted, 0.5).toFixed(1)} ms, p95 ${at(sorted, 0.95).toFixed(1)} ms`,
    spread: `${at(sorted, 0).toFixed(1)} to ${at(sorted, 1).toFixed(1)}`,
    note: `${sorted.length} calls`,
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

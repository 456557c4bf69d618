import { join } from 'node:path';
import { startWandbScript } from '../client/wandb-script.ts';
import type { Figure, SectionResult } from '../report/section-result.ts';
import { median, spread } from '../report/spread.ts';
import { startMeasuredServer } from '../server/measured-server.ts';
import type { BenchOptions } from './section.ts';

const many = 10_000;

type Step = 'log_small' | 'log_many' | 'download_many';

interface Sample {
  seconds: number;
  requests: number;
  /** seconds in which at least one request was at the server */
  busySeconds: number;
  cpuSeconds: number;
  /** MiB */
  growth: number;
  delayMs: number;
}

/** The stock client, from the call to the moment the script goes on, and how much of that is the server's. */
export async function clientSection({ folder, rounds, say }: BenchOptions): Promise<SectionResult> {
  const server = await startMeasuredServer(join(folder, 'data'));
  try {
    const script = await startWandbScript<Step>('log_models.py', server.url, join(folder, 'client'));
    const sample = async (name: Step, argument: number): Promise<Sample> => {
      const { rss } = await server.reset();
      const { seconds = 0 } = await script.step(name, argument);
      const { requests, busyMs, cpuSeconds, peakRss, maxLoopDelayMs } = await server.report();
      const growth = (peakRss - rss) / 2 ** 20;
      return { seconds, requests, busySeconds: busyMs / 1000, cpuSeconds, growth, delayMs: maxLoopDelayMs };
    };
    say('logging small models with the stock client');
    const small: Sample[] = [];
    for (let i = 0; i < 3 + rounds * 3; i++) small.push(await sample('log_small', i));
    say(`logging and loading ${many.toLocaleString('en')} files with the stock client`);
    const logged = await sample('log_many', many);
    const loaded = await sample('download_many', many);
    await script.end();
    const count = many.toLocaleString('en');
    return {
      title: `The stock client, wandb ${script.version}`,
      figures: [
        figure('log_model of 1 KB until wait() returns', small.slice(3), 3),
        figure(`${count} files of 1 KB: logged`, [logged], 1),
        figure(`${count} files of 1 KB: downloaded and compared`, [loaded], 1),
      ],
      verdicts: [],
    };
  } finally {
    await server.stop();
  }
}

function figure(what: string, samples: readonly Sample[], digits: number): Figure {
  const of = (key: keyof Sample) => median(samples.map(sample => sample[key]));
  const seconds = samples.map(sample => sample.seconds);
  const share = median(samples.map(sample => Math.min(1, sample.busySeconds / sample.seconds)));
  return {
    what,
    value: `${of('seconds').toFixed(digits)} s`,
    spread: spread(seconds, digits),
    compared: `${of('busySeconds').toFixed(digits)} s (${(share * 100).toFixed(0)} %) with a request at the server`,
    note: `${of('requests').toFixed(0)} requests, ${of('cpuSeconds').toFixed(digits)} s of CPU, memory +${of('growth').toFixed(0)} MiB, loop ${of('delayMs').toFixed(0)} ms`,
  };
}

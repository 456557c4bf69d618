import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WandbProtocol } from '../../tests/support/wandb-protocol.ts';
import { ensureProgram } from '../machine/ensure-program.ts';
import { type IdleProcess, startIdleProcess } from '../machine/idle-process.ts';
import { atLeast, type Figure, type SectionResult, under, type Verdict } from '../report/section-result.ts';
import { median, spread } from '../report/spread.ts';
import { benchKey, type MeasuredServer, startMeasuredServer } from '../server/measured-server.ts';
import { downloadWithCurl } from '../transfer/download-with-curl.ts';
import { LargeFile } from '../transfer/large-file.ts';
import { startNginx } from '../transfer/nginx-server.ts';
import { partDigests } from '../transfer/part-digests.ts';
import { runCommand } from '../transfer/run-command.ts';
import { downloadUrlByRest, uploadInOneRequest, uploadResumably } from '../transfer/upload-by-rest.ts';
import {
  downloadUrlByWandb,
  multipartFrom,
  partBytes,
  uploadByWandb,
  wandbPlace,
} from '../transfer/upload-by-wandb.ts';
import type { BenchOptions } from './section.ts';

const large = multipartFrom;
/** Just too small for parts. */
const smaller = multipartFrom - 2 ** 20;

/** What one kind of transfer cost, a number for each round. */
class Samples {
  readonly what: string;
  readonly seconds: number[] = [];
  /** of the yardstick's speed */
  readonly ratios: number[] = [];
  /** MiB */
  readonly growth: number[] = [];
  /** milliseconds */
  readonly delays: number[] = [];
  /** milliseconds of the main thread's own work in one piece */
  readonly own: number[] = [];
  /** milliseconds that an idle process was held up */
  readonly noise: number[] = [];
  readonly cpu: number[] = [];

  constructor(what: string) {
    this.what = what;
  }

  figure(yardstick: string): Figure {
    return {
      what: this.what,
      value: `${median(this.seconds).toFixed(2)} s`,
      spread: spread(this.seconds),
      compared: `${(median(this.ratios) * 100).toFixed(0)} % of ${yardstick} (${spread(
        this.ratios.map(r => r * 100),
        0,
      )})`,
      note: `server: ${median(this.cpu).toFixed(1)} s of CPU, memory +${median(this.growth).toFixed(0)} MiB, loop held ${median(this.delays).toFixed(0)} ms (${median(this.own).toFixed(0)} ms of own work; an idle process: ${median(this.noise).toFixed(0)} ms)`,
    };
  }

  verdicts(yardstick: string, share: number): Verdict[] {
    return [
      atLeast(`${this.what}: ${share * 100} % of ${yardstick}'s speed`, share, median(this.ratios)),
      under(`${this.what}: memory grows by under 64 MiB`, 64, median(this.growth), 'MiB'),
      under(`${this.what}: event loop never blocked over 50 ms`, 50, median(this.delays), 'ms'),
    ];
  }
}

/** One file of 2 GiB, up and down, by the wandb protocol and by our own API, next to md5sum, dd and nginx. */
export async function transferSection(options: BenchOptions): Promise<SectionResult> {
  ensureProgram('nginx', 'nginx-light');
  ensureProgram('curl', 'curl');
  const { folder, rounds, say } = options;
  say('making a file of 2 GiB');
  const file = await LargeFile.create(join(folder, 'model.bin'), large);
  const up = {
    parts: new Samples('upload by the wandb protocol, 2 GiB in 100 MiB parts'),
    one: new Samples('upload by the wandb protocol, just under 2 GiB in one PUT'),
    put: new Samples('upload by REST, one PUT'),
    patch: new Samples('upload by REST, resumable'),
  };
  const down = {
    wandb: new Samples('download by the wandb protocol'),
    rest: new Samples('download by REST'),
  };
  const bare = { md5sum: [] as number[], dd: [] as number[], nginx: [] as number[] };
  const partMd5s = await partDigests(file.path, large, partBytes);
  for (let round = 0; round < rounds; round++) {
    const data = join(folder, `data-${round}`);
    const server = await startMeasuredServer(data);
    const idle = startIdleProcess();
    try {
      say(`transfers, round ${round + 1} of ${rounds}`);
      const artifactId = await uploads({ server, idle }, file, { partMd5s, up, bare });
      await downloads({ server, idle }, file, { artifactId, folder, down, bare });
    } finally {
      idle.stop();
      await server.stop();
      await rm(data, { recursive: true, force: true });
    }
  }
  return {
    title: 'Transfers of 2 GiB',
    figures: [
      { what: 'md5sum of the file', value: `${median(bare.md5sum).toFixed(2)} s`, spread: spread(bare.md5sum) },
      { what: 'dd conv=fsync of the file', value: `${median(bare.dd).toFixed(2)} s`, spread: spread(bare.dd) },
      ...Object.values(up).map(samples => samples.figure('md5sum')),
      { what: 'download from nginx', value: `${median(bare.nginx).toFixed(2)} s`, spread: spread(bare.nginx) },
      ...Object.values(down).map(samples => samples.figure('nginx')),
    ],
    verdicts: [
      ...[up.parts, up.one].flatMap(samples => samples.verdicts('md5sum', 0.6)),
      ...[up.put, up.patch].flatMap(samples => samples.verdicts('md5sum', 0.75)),
      ...[down.wandb, down.rest].flatMap(samples => samples.verdicts('nginx', 0.8)),
    ],
  };
}

/** What transfers are measured with. */
interface Place {
  server: MeasuredServer;
  idle: IdleProcess;
  /** bytes of the server before the first transfer, so that what an earlier one left counts, too */
  rss: number;
}

async function uploads(
  { server, idle }: Omit<Place, 'rss'>,
  file: LargeFile,
  {
    partMd5s,
    up,
    bare,
  }: {
    partMd5s: string[];
    up: Record<'parts' | 'one' | 'put' | 'patch', Samples>;
    bare: { md5sum: number[]; dd: number[] };
  },
): Promise<string> {
  const protocol = new WandbProtocol(server.url, benchKey);
  await protocol.createRun(wandbPlace.entity, wandbPlace.project, wandbPlace.run);
  await protocol.logVersion(wandbPlace, 'small', { 'a.txt': Buffer.from(file.path) }, { clientId: file.path });
  const { rss } = await server.reset();
  // Every upload has new bytes and a yardstick of its own, taken right before it.
  const upload = async (size: number, samples: Samples, run: (md5: string) => Promise<number>) => {
    await file.renew(size);
    const yardstick = await file.md5sum();
    bare.md5sum.push(yardstick.seconds);
    await measured({ server, idle, rss }, samples, yardstick.seconds, () => run(yardstick.md5));
  };
  await upload(large, up.parts, async md5 => {
    const [first = ''] = await partDigests(file.path, partBytes, partBytes);
    return (await uploadByWandb(protocol, file, { md5, partMd5s: [first, ...partMd5s.slice(1)] })).seconds;
  });
  const copy = `${file.path}.copy`;
  bare.dd.push((await runCommand('dd', [`if=${file.path}`, `of=${copy}`, 'bs=1M', 'conv=fsync'])).seconds);
  await rm(copy);
  let artifactId = '';
  await upload(smaller, up.one, async md5 => {
    const logged = await uploadByWandb(protocol, file, { md5, partMd5s: [] });
    artifactId = logged.artifactId;
    return logged.seconds;
  });
  for (const [samples, run] of [[up.put, uploadInOneRequest] as const, [up.patch, uploadResumably] as const]) {
    await file.renew(smaller);
    const sha256 = await file.sha256();
    const yardstick = await file.md5sum();
    bare.md5sum.push(yardstick.seconds);
    await measured({ server, idle, rss }, samples, yardstick.seconds, () => run(server.url, file, sha256));
  }
  return artifactId;
}

async function downloads(
  { server, idle }: Omit<Place, 'rss'>,
  file: LargeFile,
  {
    artifactId,
    folder,
    down,
    bare,
  }: { artifactId: string; folder: string; down: Record<'wandb' | 'rest', Samples>; bare: { nginx: number[] } },
): Promise<void> {
  const protocol = new WandbProtocol(server.url, benchKey);
  const authorization = { authorization: `Bearer ${benchKey}` };
  const nginx = await startNginx(folder);
  try {
    const reference = `${nginx.url}/${basename(file.path)}`;
    const ways = [
      [down.wandb, await downloadUrlByWandb(protocol, artifactId), {}],
      [down.rest, downloadUrlByRest(server.url), authorization],
    ] as const;
    await downloadWithCurl(reference);
    // The first reader of a new file goes past the page cache; nginx's file is there, so ours must be, too.
    for (const [, url, headers] of [...ways, ...ways]) await downloadWithCurl(url, headers);
    const { rss } = await server.reset();
    for (let i = 0; i < 2; i++) {
      for (const [samples, url, headers] of ways) {
        const yardstick = await downloadWithCurl(reference);
        bare.nginx.push(yardstick);
        await measured({ server, idle, rss }, samples, yardstick, () => downloadWithCurl(url, headers));
      }
    }
  } finally {
    await nginx.stop();
  }
}

async function measured(
  { server, idle, rss }: Place,
  samples: Samples,
  yardstick: number,
  run: () => Promise<number>,
): Promise<void> {
  await server.reset();
  await idle.takeDelay();
  const seconds = await run();
  const report = await server.report();
  samples.noise.push(await idle.takeDelay());
  samples.own.push(report.maxOwnMs);
  samples.seconds.push(seconds);
  samples.ratios.push(yardstick / seconds);
  samples.growth.push((report.peakRss - rss) / 2 ** 20);
  samples.delays.push(report.maxLoopDelayMs);
  samples.cpu.push(report.cpuSeconds);
}

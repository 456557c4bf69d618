import { measureSync } from '../machine/measure-sync.ts';
import { countPieces } from '../registry/count-pieces.ts';
import { artifactName, versionsPerModel } from '../registry/generated-registry.ts';
import { type KindResult, measureKinds, prepare, requestAt } from '../registry/measure-kinds.ts';
import { type Latencies, measureRequests, warmUpOf } from '../registry/measure-requests.ts';
import { headers, models, project, type RequestKind, registryRequests } from '../registry/registry-requests.ts';
import { startFilledServer } from '../registry/start-filled-server.ts';
import { type Figure, type SectionResult, under, type Verdict } from '../report/section-result.ts';
import { median } from '../report/spread.ts';
import type { MeasuredServer } from '../server/measured-server.ts';
import type { BenchOptions } from './section.ts';

const versions = 100_000;
const clients = 16;

/** Requests on a database of 100,000 versions, one after another, and again by 16 clients at once. */
export async function metadataSection({ folder, rounds, say }: BenchOptions): Promise<SectionResult> {
  say(`filling a database with ${versions.toLocaleString('en')} versions`);
  const server = await startFilledServer(folder, versions);
  try {
    const syncs = await measureSync(folder);
    const kinds = registryRequests(server.url, versions / versionsPerModel);
    const results = await measureKinds(server, kinds, rounds, say);
    say(`requests of ${clients} clients at once`);
    const figures: Figure[] = [
      { what: 'a sync of 4 KiB to this disk', value: `${median(syncs).toFixed(2)} ms`, note: `p95 ${p95(syncs)} ms` },
    ];
    for (const [at, result] of results.entries()) {
      const kind = kinds[at];
      if (kind) figures.push(figure(result, await measureCrowd(server.url, kind, rounds)));
    }
    const [pieces, pieceFigure] = await answersInOnePiece(server);
    figures.push(pieceFigure);
    return {
      title: `Requests with ${versions.toLocaleString('en')} versions`,
      figures,
      verdicts: verdicts(results, pieces),
    };
  } finally {
    await server.stop();
  }
}

async function measureCrowd(url: string, { count, make }: RequestKind, rounds: number): Promise<Latencies> {
  const sent = count + warmUpOf(count);
  const made = await prepare(make, rounds * sent, sent);
  return await measureRequests(url, { count, clients }, i => requestAt(made, i));
}

function figure({ what, p50, p95, spreadOfP95, cpuMs }: KindResult, crowd: Latencies): Figure {
  return {
    what,
    value: `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`,
    spread: spreadOfP95,
    compared: `${cpuMs.toFixed(2)} ms of the server's CPU`,
    note: `${clients} clients: p50 ${crowd.p50.toFixed(1)} ms, p95 ${crowd.p95.toFixed(1)} ms, ${crowd.perSecond.toFixed(0)}/s`,
  };
}

async function answersInOnePiece({ url }: MeasuredServer): Promise<[number, Figure]> {
  const paths = ['/livez', `${project}/artifacts/${artifactName(1)}/versions/best`, models, '/api/v1/viewer'];
  const pieces: number[] = [];
  for (const path of paths) pieces.push(await countPieces(url, path, headers));
  const most = Math.max(...pieces);
  return [most, { what: 'pieces an answer arrives in', value: `${most}`, note: `${paths.length} kinds of answers` }];
}

function verdicts(results: readonly KindResult[], pieces: number): Verdict[] {
  const of = (what: string, which: 'p50' | 'p95') =>
    results.find(result => result.what === what)?.[which] ?? Number.NaN;
  const own = of('resolve an alias', 'p50') - of('GET /livez', 'p50');
  const lists = ['versions', 'models', 'artifacts', 'projects'];
  return [
    under('resolve an alias: own share under 0.5 ms', 0.5, own, 'ms'),
    under('move an alias: p95 under 10 ms', 10, of('move an alias', 'p95'), 'ms'),
    under('commit a version of 3 files: p95 under 10 ms', 10, of('commit a version of 3 files', 'p95'), 'ms'),
    ...lists.map(what => under(`list ${what}: p95 under 10 ms`, 10, of(`list ${what}`, 'p95'), 'ms')),
    { goal: 'answers leave in one write', reached: pieces === 1, measured: `${pieces}`, ratio: 1 / pieces },
  ];
}

function p95(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0).toFixed(2);
}

import { createHash, randomBytes } from 'node:crypto';
import { measureSync } from '../machine/measure-sync.ts';
import { countPieces } from '../registry/count-pieces.ts';
import { benchProject, fillRegistry } from '../registry/fill-registry.ts';
import { type Latencies, type MeasuredRequest, measureRequests } from '../registry/measure-requests.ts';
import { type Figure, type SectionResult, under, type Verdict } from '../report/section-result.ts';
import { median } from '../report/spread.ts';
import { benchKey, type MeasuredServer, startMeasuredServer } from '../server/measured-server.ts';
import type { BenchOptions } from './section.ts';

const versions = 100_000;
const headers = { authorization: `Bearer ${benchKey}` };
const project = `/api/v1/projects/research/${benchProject}`;
const models = '/api/v1/registries/weighhouse/model/models';
const get = (path: string): MeasuredRequest => ({ method: 'GET', path, headers });
/** Spreads over all artifacts, so that no page of the database is always the last one read. */
const somewhere = (i: number) => (i * 7919) % (versions / 50);

interface Measured {
  what: string;
  count: number;
  make: (i: number) => MeasuredRequest | Promise<MeasuredRequest>;
}

/** Requests on a database of 100,000 versions, one after another, and again by 16 clients at once. */
export async function metadataSection({ folder, rounds, say }: BenchOptions): Promise<SectionResult> {
  say(`filling a database with ${versions.toLocaleString('en')} versions`);
  await (await startMeasuredServer(folder)).stop();
  await fillRegistry(folder, versions);
  const syncs = await measureSync(folder);
  const server = await startMeasuredServer(folder);
  const cpu = new Map<string, number[]>();
  try {
    const figures: Figure[] = [
      { what: 'a sync of 4 KiB to this disk', value: `${median(syncs).toFixed(2)} ms`, note: `p95 ${p95(syncs)} ms` },
    ];
    const byName = new Map<string, Latencies[]>();
    const crowds = new Map<string, Latencies>();
    const measured = requests(server.url);
    for (let round = 0; round < rounds; round++) {
      say(`requests, round ${round + 1} of ${rounds}`);
      for (const { what, count, make } of measured) {
        await server.reset();
        const latencies = await measureRequests(server.url, { count }, i => make(i + round * count * 2));
        // A tenth more was sent to warm up.
        cpu.set(what, [...(cpu.get(what) ?? []), ((await server.report()).cpuSeconds * 1000) / (count * 1.1)]);
        byName.set(what, [...(byName.get(what) ?? []), latencies]);
      }
    }
    say('requests of 16 clients at once');
    for (const { what, count, make } of measured) {
      const offset = rounds * count * 2;
      crowds.set(what, await measureRequests(server.url, { count, clients: 16 }, i => make(i + offset)));
    }
    const of = (what: string, which: 'p50' | 'p95') => median((byName.get(what) ?? []).map(one => one[which]));
    for (const { what } of measured) {
      const crowd = crowds.get(what);
      figures.push({
        what,
        value: `p50 ${of(what, 'p50').toFixed(2)} ms, p95 ${of(what, 'p95').toFixed(2)} ms`,
        spread: spreadOfP95(byName.get(what) ?? []),
        compared: `${median(cpu.get(what) ?? []).toFixed(2)} ms of the server's CPU`,
        note: `16 clients: p50 ${crowd?.p50.toFixed(1)} ms, p95 ${crowd?.p95.toFixed(1)} ms, ${crowd?.perSecond.toFixed(0)}/s`,
      });
    }
    const [pieces, pieceFigure] = await answersInOnePiece(server);
    figures.push(pieceFigure);
    return {
      title: `Requests with ${versions.toLocaleString('en')} versions`,
      figures,
      verdicts: verdicts(of, pieces),
    };
  } finally {
    await server.stop();
  }
}

function requests(url: string): Measured[] {
  return [
    { what: 'GET /livez', count: 2000, make: () => ({ method: 'GET', path: '/livez' }) },
    {
      what: 'resolve an alias',
      count: 2000,
      make: i => get(`${project}/artifacts/artifact-${somewhere(i)}/versions/best`),
    },
    {
      what: 'resolve an address in a registry',
      count: 2000,
      make: i => get(`/api/v1/resolve?address=weighhouse/wandb-registry-model/model-${somewhere(i)}:production`),
    },
    {
      what: 'move an alias',
      count: 500,
      make: i => ({
        method: 'PUT',
        path: `${models}/model-${somewhere(i)}/aliases/production`,
        headers,
        body: JSON.stringify({ version: `v${i % 3}` }),
      }),
    },
    { what: 'commit a version of 3 files', count: 150, make: () => commit(url) },
    { what: 'list versions', count: 500, make: i => get(`${project}/artifacts/artifact-${somewhere(i)}/versions`) },
    { what: 'list models', count: 300, make: () => get(models) },
    { what: 'list artifacts', count: 300, make: () => get(`${project}/artifacts`) },
    { what: 'list projects', count: 500, make: () => get('/api/v1/projects/research') },
  ];
}

/** Three new small files are there already; what is measured is the commit. */
async function commit(url: string): Promise<MeasuredRequest> {
  const files = await Promise.all(
    [0, 1, 2].map(async i => {
      const bytes = randomBytes(1000);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const answer = await fetch(`${url}${project}/blobs/${sha256}`, { method: 'PUT', headers, body: bytes });
      if (!answer.ok) throw new Error(`a file was answered with ${answer.status}: ${await answer.text()}`);
      return { path: `file-${i}.bin`, sha256 };
    }),
  );
  const path = `${project}/artifacts/artifact-${somewhere(Math.floor(Math.random() * versions))}/versions`;
  return { method: 'POST', path, headers, body: JSON.stringify({ files, aliases: ['best'], metadata: { loss: 0.1 } }) };
}

async function answersInOnePiece({ url }: MeasuredServer): Promise<[number, Figure]> {
  const paths = ['/livez', `${project}/artifacts/artifact-1/versions/best`, models, '/api/v1/viewer'];
  const pieces: number[] = [];
  for (const path of paths) pieces.push(await countPieces(url, path, headers));
  const most = Math.max(...pieces);
  return [most, { what: 'pieces an answer arrives in', value: `${most}`, note: `${paths.length} kinds of answers` }];
}

function verdicts(of: (what: string, which: 'p50' | 'p95') => number, pieces: number): Verdict[] {
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

function spreadOfP95(all: readonly Latencies[]): string {
  const values = all.map(one => one.p95);
  return `p95 ${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}

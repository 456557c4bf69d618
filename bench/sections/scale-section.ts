import { join } from 'node:path';
import { type BenchDatabase, databaseNames } from '../database/bench-database.ts';
import { versionsPerModel } from '../registry/generated-registry.ts';
import { type AskedServer, type KindResult, measureBeside } from '../registry/measure-kinds.ts';
import { furtherLists, type RequestKind, registryRequests, restSearches } from '../registry/registry-requests.ts';
import { wandbSearches } from '../registry/wandb-searches.ts';
import type { Figure, SectionResult, Verdict } from '../report/section-result.ts';
import { type FilledRegistry, fillDatabase } from '../scale/filled-registry.ts';
import { measureManifest } from '../scale/measure-manifest.ts';
import { measureServers } from '../scale/measure-servers.ts';
import { startMeasuredServer } from '../server/measured-server.ts';
import type { BenchOptions, Section } from './section.ts';

export interface ScaleOptions {
  /** sizes of the registry, ascending */
  sizes: readonly number[];
  /** of one version, for the manifest that is committed; 0: none */
  files: number;
  /** requests of each kind in a round, at most */
  requests: number;
}

/** How much slower the slowest of twenty may get where there is ten times as much. */
const growthAllowed = 1.5;
/** What three servers are asked. */
const asked = ['resolve an address in a registry', 'list models', 'move an alias', 'commit a version of 3 files'];
const searched = ['wandb: versions by tag', 'wandb: versions by metadata: a range'];
/** Every list, search, resolve, commit and alias move at growing sizes of the registry. */
export function scaleSection(kind: BenchDatabase['kind'], options: ScaleOptions): Section {
  return async bench => {
    const registries: FilledRegistry[] = [];
    try {
      return await measureSizes(bench, options, kind, registries);
    } finally {
      for (const { endDatabase } of registries) await endDatabase();
    }
  };
}

/** @param registries takes in those that are filled, for the caller to end */
async function measureSizes(
  { folder, rounds, say }: BenchOptions,
  { sizes, files, requests }: ScaleOptions,
  kind: BenchDatabase['kind'],
  registries: FilledRegistry[],
): Promise<SectionResult[]> {
  const sections: SectionResult[] = [];
  for (const size of sizes) {
    say(`filling ${databaseNames[kind]} with ${size.toLocaleString('en')} versions`);
    const smaller = registries.at(-1);
    const larger = await fillDatabase(kind, size, join(folder, String(size)));
    registries.push(larger);
    if (smaller) sections.push(await measureGrowth(smaller, larger, { requests, rounds }, say));
    else if (sizes.length === 1) sections.push(await measureAlone(larger, { requests, rounds }, say));
  }
  const largest = registries.at(-1);
  if (!largest) return sections;
  const { title, data, database, size } = largest;
  if (database.kind === 'postgres') {
    const kindsFor = (url: string) =>
      kindsOf(url, size, requests).filter(({ what }) => [...asked, ...searched].includes(what));
    sections.push(await measureServers(folder, database, title, kindsFor, say));
  }
  if (files > 0) {
    say(`committing a version of ${files.toLocaleString('en')} files`);
    sections.push(await measureManifest(data, database, title, files));
  }
  return sections;
}

interface HowOften {
  requests: number;
  rounds: number;
}

/** Two registries beside each other: what is measured minutes apart differs by as much as the goal allows. */
async function measureGrowth(
  smaller: FilledRegistry,
  larger: FilledRegistry,
  howOften: HowOften,
  say: (what: string) => void,
): Promise<SectionResult> {
  say(`asking ${smaller.title} and ${larger.size.toLocaleString('en')}`);
  const [ofSmaller = [], ofLarger = []] = await measureRegistries([smaller, larger], howOften, say);
  const before = { size: smaller.size, results: ofSmaller };
  return {
    title: `${larger.title}, beside ${smaller.size.toLocaleString('en')}`,
    figures: [smaller.filled, larger.filled, ...ofLarger.map(result => figure(result, before))],
    verdicts: [growth(larger.title, ofLarger, before)],
  };
}

async function measureAlone(
  registry: FilledRegistry,
  howOften: HowOften,
  say: (what: string) => void,
): Promise<SectionResult> {
  const [results = []] = await measureRegistries([registry], howOften, say);
  return { title: registry.title, figures: [registry.filled, ...results.map(one => figure(one))], verdicts: [] };
}

/** Every server is a new one: code that ran longer is compiled better. */
async function measureRegistries(
  registries: readonly FilledRegistry[],
  { requests, rounds }: HowOften,
  say: (what: string) => void,
): Promise<KindResult[][]> {
  const servers: AskedServer[] = [];
  try {
    for (const { data, database, size } of registries) {
      const server = await startMeasuredServer(data, database);
      servers.push({ server, kinds: kindsOf(server.url, size, requests) });
    }
    return await measureBeside(servers, rounds, say);
  } finally {
    for (const { server } of servers) await server.stop();
  }
}

function kindsOf(url: string, size: number, requests: number): RequestKind[] {
  const models = Math.ceil(size / versionsPerModel);
  const all = [
    ...registryRequests(url, models),
    ...furtherLists(models),
    ...restSearches(models),
    ...wandbSearches(models),
  ];
  return all.map(kind => ({ ...kind, count: Math.min(kind.count, requests) }));
}

function figure(result: KindResult, smaller?: { size: number; results: KindResult[] }): Figure {
  const before = smaller?.results.find(({ what }) => what === result.what);
  const cpu = `${result.cpuMs.toFixed(2)} ms of the server's CPU`;
  return {
    what: result.what,
    value: percentiles(result),
    spread: result.spreadOfP95,
    ...(before && smaller
      ? {
          compared: `${(result.p95 / before.p95).toFixed(2)} × the p95 with ${smaller.size.toLocaleString('en')}: ${percentiles(before)}`,
          note: `${cpu}, ${before.cpuMs.toFixed(2)} ms with ${smaller.size.toLocaleString('en')}`,
        }
      : { note: cpu }),
  };
}

function percentiles({ p50, p95 }: KindResult): string {
  return `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`;
}

/** The kind of request that grew most decides. */
function growth(
  title: string,
  results: readonly KindResult[],
  smaller: { size: number; results: KindResult[] },
): Verdict {
  const ratios = results.map(({ what, p95 }) => ({
    what,
    ratio: p95 / (smaller.results.find(one => one.what === what)?.p95 ?? Number.NaN),
  }));
  const worst = ratios.toSorted((a, b) => b.ratio - a.ratio)[0] ?? { what: 'nothing', ratio: Number.NaN };
  const within = ratios.filter(({ ratio }) => ratio <= growthAllowed).length;
  return {
    goal: `${title}: every p95 within ${growthAllowed} times that with ${smaller.size.toLocaleString('en')}`,
    reached: within === ratios.length,
    measured: `${within} of ${ratios.length}, at most ${worst.ratio.toFixed(2)} times (${worst.what})`,
    ratio: growthAllowed / worst.ratio,
  };
}

import { join } from 'node:path';
import { createDatabase } from '../../tests/support/postgres-database.ts';
import { startPostgres } from '../../tests/support/postgres-server.ts';
import { type BenchDatabase, databaseNames } from '../database/bench-database.ts';
import { databaseBytes } from '../database/database-bytes.ts';
import { versionsPerModel } from '../registry/generated-registry.ts';
import { type KindResult, measureKinds } from '../registry/measure-kinds.ts';
import { furtherLists, type RequestKind, registryRequests, restSearches } from '../registry/registry-requests.ts';
import { startFilledServer } from '../registry/start-filled-server.ts';
import { wandbSearches } from '../registry/wandb-searches.ts';
import type { Figure, SectionResult, Verdict } from '../report/section-result.ts';
import { measureManifest } from '../scale/measure-manifest.ts';
import { measureServers } from '../scale/measure-servers.ts';
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
/** A small machine's share of memory for the database, as its manual recommends for a server of its own. */
const postgresSettings = { shared_buffers: '1GB', max_wal_size: '4GB' };

/** Every list, search, resolve, commit and alias move at growing sizes of the registry. */
export function scaleSection(kind: BenchDatabase['kind'], options: ScaleOptions): Section {
  return async bench => {
    if (kind === 'sqlite')
      return await measureSizes(bench, options, kind, async folder => ({ kind, file: join(folder, 'bench.db') }));
    const postgres = await startPostgres(postgresSettings);
    try {
      const create = async () => ({ kind, url: await createDatabase(postgres.url('postgres')) });
      return await measureSizes(bench, options, kind, create);
    } finally {
      await postgres.stop();
    }
  };
}

async function measureSizes(
  { folder, rounds, say }: BenchOptions,
  { sizes, files, requests }: ScaleOptions,
  kind: BenchDatabase['kind'],
  create: (folder: string) => Promise<BenchDatabase>,
): Promise<SectionResult[]> {
  const name = databaseNames[kind];
  const sections: SectionResult[] = [];
  let last: { database: BenchDatabase; data: string; size: number } | undefined;
  let smaller: { size: number; results: KindResult[] } | undefined;
  for (const size of sizes) {
    const title = `${name} with ${size.toLocaleString('en')} versions`;
    say(`filling ${title}`);
    const data = join(folder, String(size));
    const database = await create(data);
    const { server, fillSeconds } = await startFilledServer(data, size, database);
    const bytes = await databaseBytes(database);
    try {
      const results = await measureKinds(server, kindsOf(server.url, size, requests), rounds, say);
      sections.push({
        title,
        figures: [
          {
            what: 'filled by the generator',
            value: `${fillSeconds.toFixed(0)} s`,
            note: `${(bytes / 2 ** 20).toFixed(0)} MiB, ${(bytes / 1024 / size).toFixed(1)} KiB for each version`,
          },
          ...results.map(result => figure(result, smaller)),
        ],
        verdicts: smaller ? [growth(title, results, smaller)] : [],
      });
      smaller = { size, results };
    } finally {
      await server.stop();
    }
    last = { database, data, size };
  }
  if (!last) return sections;
  const { database, data, size } = last;
  const title = `${name} with ${size.toLocaleString('en')} versions`;
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
  return {
    what: result.what,
    value: `p50 ${result.p50.toFixed(2)} ms, p95 ${result.p95.toFixed(2)} ms`,
    spread: result.spreadOfP95,
    compared:
      before && smaller
        ? `${(result.p95 / before.p95).toFixed(2)} × the p95 with ${smaller.size.toLocaleString('en')}`
        : '',
    note: `${result.cpuMs.toFixed(2)} ms of the server's CPU`,
  };
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

import { join } from 'node:path';
import type { BenchDatabase } from '../database/bench-database.ts';
import { openBulkWriter } from '../database/bulk-writer.ts';
import { treeUsage } from '../machine/process-tree.ts';
import { prepare, requestAt } from '../registry/measure-kinds.ts';
import { measureRequests, warmUpOf } from '../registry/measure-requests.ts';
import type { RequestKind } from '../registry/registry-requests.ts';
import type { Figure, SectionResult } from '../report/section-result.ts';
import { type MeasuredServer, startMeasuredServer } from '../server/measured-server.ts';

const clients = 16;
/** of one kind with one number of servers */
const atMostSeconds = 20;

/**
 * What a request costs where one, two and three servers share a database: the same clients are spread over them. On few
 * cores the rates only show contention, so it is the CPU that counts.
 */
export async function measureServers(
  folder: string,
  database: BenchDatabase & { kind: 'postgres' },
  title: string,
  kindsFor: (url: string) => RequestKind[],
  say: (what: string) => void,
): Promise<SectionResult> {
  const postmaster = await postmasterOf(database);
  const servers: MeasuredServer[] = [];
  const figures: Figure[] = [];
  const ofOne = new Map<string, number>();
  try {
    for (const count of [1, 2, 3]) {
      servers.push(await startMeasuredServer(join(folder, `server-${count}`), database));
      const kinds = kindsFor(servers[0]?.url ?? '');
      say(`warming ${named(count)}`);
      for (const kind of kinds) await measureOne(servers, postmaster, kind, count * 2);
      say(`${clients} clients, ${named(count)}`);
      for (const kind of kinds) {
        const { server, inDatabase, perSecond } = await measureOne(servers, postmaster, kind, count * 2 + 1);
        const alone = ofOne.get(kind.what) ?? server + inDatabase;
        ofOne.set(kind.what, alone);
        figures.push({
          what: `${kind.what}, ${named(count)}`,
          value: `${(server + inDatabase).toFixed(2)} ms of CPU`,
          compared: count === 1 ? '' : `${((server + inDatabase) / alone).toFixed(2)} × that with one server`,
          note: `${server.toFixed(2)} ms in the servers, ${inDatabase.toFixed(2)} ms in the database; ${perSecond.toFixed(0)}/s`,
        });
      }
    }
  } finally {
    await Promise.all(servers.map(server => server.stop()));
  }
  return { title: `${title}: CPU for each request of ${clients} clients`, figures, verdicts: [] };
}

async function measureOne(
  servers: readonly MeasuredServer[],
  postmaster: number,
  { count, make }: RequestKind,
  round: number,
): Promise<{ server: number; inDatabase: number; perSecond: number }> {
  const wanted = count + warmUpOf(count);
  const made = await prepare(make, round * wanted, wanted);
  for (const server of servers) await server.reset();
  const before = treeUsage(postmaster).cpuSeconds;
  const urls = servers.map(({ url }) => url);
  const options = { count, clients, atMostSeconds };
  const { perSecond, sent } = await measureRequests(urls, options, i => requestAt(made, i));
  const inDatabase = treeUsage(postmaster).cpuSeconds - before;
  const reports = await Promise.all(servers.map(server => server.report()));
  const inServers = reports.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return { server: (inServers * 1000) / sent, inDatabase: (inDatabase * 1000) / sent, perSecond };
}

async function postmasterOf(database: BenchDatabase): Promise<number> {
  const writer = await openBulkWriter(database);
  const [row] = await writer.query(`select pg_read_file('postmaster.pid') as text`);
  await writer.finish();
  return Number.parseInt(String(row?.text), 10);
}

function named(count: number): string {
  return count === 1 ? 'one server' : `${count === 2 ? 'two' : 'three'} servers`;
}

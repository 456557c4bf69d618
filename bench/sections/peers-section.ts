import { join } from 'node:path';
import { createDatabase } from '../../tests/support/postgres-database.ts';
import { startPostgres } from '../../tests/support/postgres-server.ts';
import { type BenchDatabase, databaseNames } from '../database/bench-database.ts';
import { ensureProgram } from '../machine/ensure-program.ts';
import { measurePeer, type OperationFigures, type PeerFigures, transfers } from '../peers/measure-peer.ts';
import { type Operation, operations, type Peer, readingOperations } from '../peers/peer.ts';
import { startMlflow } from '../peers/start-mlflow.ts';
import { startWeighhouse } from '../peers/start-weighhouse.ts';
import { type Figure, type SectionResult, timesBetter, type Verdict } from '../report/section-result.ts';
import type { BenchOptions, Section } from './section.ts';

export interface PeersOptions {
  versions: number;
  clients: number;
  /** of each operation in a round */
  requests: number;
  /** MiB of the file that is sent and fetched; 0: none */
  fileMebibytes: number;
}

type Start = (folder: string, database: BenchDatabase, versions: number) => Promise<Peer>;

const peers: readonly Start[] = [startMlflow, startWeighhouse];

/** MLflow's server and ours, one after the other on the same machine and kind of database, asked the same. */
export function peersSection(kind: BenchDatabase['kind'], options: PeersOptions): Section {
  return async bench => {
    if (options.fileMebibytes > 0) ensureProgram('curl', 'curl');
    if (kind === 'sqlite')
      return await comparePeers(bench, options, kind, async name => ({ kind, file: join(bench.folder, `${name}.db`) }));
    const postgres = await startPostgres({ shared_buffers: '1GB' });
    try {
      const create = async () => ({ kind, url: await createDatabase(postgres.url('postgres')) });
      return await comparePeers(bench, options, kind, create);
    } finally {
      await postgres.stop();
    }
  };
}

async function comparePeers(
  { folder, rounds, say }: BenchOptions,
  { versions, clients, requests, fileMebibytes }: PeersOptions,
  kind: BenchDatabase['kind'],
  create: (name: string) => Promise<BenchDatabase>,
): Promise<SectionResult> {
  const measured: PeerFigures[] = [];
  for (const [at, start] of peers.entries()) {
    say(`starting and filling peer ${at + 1} of ${peers.length}, ${versions.toLocaleString('en')} versions`);
    const peer = await start(join(folder, `peer-${at}`), await create(`peer-${at}`), versions);
    try {
      const fileSize = fileMebibytes * 2 ** 20;
      measured.push(
        await measurePeer(peer, { requests, clients, fileSize, rounds, file: join(folder, 'model.bin') }, say),
      );
    } finally {
      await peer.stop();
    }
  }
  const [theirs, ours] = measured;
  if (!theirs || !ours) throw new Error('two peers are compared');
  const title = `${databaseNames[kind]}, ${versions.toLocaleString('en')} versions`;
  return {
    title: `${ours.name} and ${theirs.name} on ${title}`,
    figures: [
      ...operations.map(operation => operationFigure(`${operation}, one client`, ours.alone, theirs.alone, operation)),
      ...operations.map(operation =>
        operationFigure(`${operation}, ${clients} clients`, ours.crowd, theirs.crowd, operation),
      ),
      ...transferFigures(ours, theirs, fileMebibytes),
      memoryFigure('memory, idle', ours.idle, theirs.idle, `in ${theirs.processes} processes`),
      ...(theirs.idleWithoutSideWork === undefined
        ? []
        : [memoryFigure('memory, idle', ours.idle, theirs.idleWithoutSideWork, 'without its runner of jobs')]),
      memoryFigure('memory, highest', ours.loaded, theirs.loaded, 'all processes'),
    ],
    verdicts: verdicts(title, ours, theirs, clients),
  };
}

function operationFigure(
  what: string,
  ours: Record<Operation, OperationFigures>,
  theirs: Record<Operation, OperationFigures>,
  operation: Operation,
): Figure {
  const [one, other] = [ours[operation], theirs[operation]];
  return {
    what,
    value: shown(one),
    compared: shown(other),
    note: `${(one.perSecond / other.perSecond).toFixed(1)} times the requests; CPU ${one.cpuMs.toFixed(2)} and ${other.cpuMs.toFixed(2)} ms`,
  };
}

function shown({ perSecond, firstByte, p95, failed }: OperationFigures): string {
  const failures = failed > 0 ? `, ${failed} failed` : '';
  return `${perSecond.toFixed(0)}/s, first byte ${firstByte.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms${failures}`;
}

function transferFigures(ours: PeerFigures, theirs: PeerFigures, mebibytes: number): Figure[] {
  return transfers.flatMap(way => {
    const [one, other] = [ours.transfers?.[way], theirs.transfers?.[way]];
    if (one === undefined || other === undefined) return [];
    const what = `${way} of ${mebibytes.toLocaleString('en')} MiB`;
    const note = `${(other / one).toFixed(1)} times the speed`;
    return [{ what, value: `${one.toFixed(2)} s`, compared: `${other.toFixed(2)} s`, note }];
  });
}

function memoryFigure(what: string, ours: number, theirs: number, counted: string): Figure {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const note = `1/${(theirs / ours).toFixed(1)} of the other's, ${counted}`;
  return { what, value: mebibytes(ours), compared: mebibytes(theirs), note };
}

function verdicts(title: string, ours: PeerFigures, theirs: PeerFigures, clients: number): Verdict[] {
  const list: Verdict[] = [];
  for (const operation of operations) {
    const goal = `${title}: ${operation}, ${clients} clients: 10 times the requests of ${theirs.name}`;
    list.push(timesBetter(goal, 10, ours.crowd[operation].perSecond / theirs.crowd[operation].perSecond));
  }
  for (const operation of readingOperations) {
    const goal = `${title}: ${operation}, one client: first byte in a tenth of the time`;
    list.push(timesBetter(goal, 10, theirs.alone[operation].firstByte / ours.alone[operation].firstByte));
  }
  list.push(timesBetter(`${title}: a tenth of the memory, idle`, 10, theirs.idle / ours.idle));
  list.push(timesBetter(`${title}: a tenth of the memory, highest`, 10, theirs.loaded / ours.loaded));
  const goals = { upload: 2, 'first download': 5, 'later download': 5 } as const;
  for (const way of transfers) {
    const [one, other] = [ours.transfers?.[way], theirs.transfers?.[way]];
    if (one !== undefined && other !== undefined)
      list.push(timesBetter(`${title}: ${way} at ${goals[way]} times the speed`, goals[way], other / one));
  }
  return list;
}

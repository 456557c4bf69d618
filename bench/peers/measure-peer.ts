import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { treeUsage } from '../machine/process-tree.ts';
import { type MeasuredRequest, measureRequests, warmUpOf } from '../registry/measure-requests.ts';
import { median } from '../report/spread.ts';
import { downloadWithCurl } from '../transfer/download-with-curl.ts';
import { LargeFile } from '../transfer/large-file.ts';
import { type Operation, operations, type Peer } from './peer.ts';

export interface OperationFigures {
  perSecond: number;
  /** milliseconds, of the answer's first byte and of all of it */
  firstByte: number;
  p50: number;
  p95: number;
  /** milliseconds in all processes of the server */
  cpuMs: number;
  failed: number;
}

/** What is done with one large file: fetched right after it was sent, and when it has been fetched before. */
export const transfers = ['upload', 'first download', 'later download'] as const;
export type Transfer = (typeof transfers)[number];

export interface PeerFigures {
  name: string;
  processes: number;
  /** bytes */
  idle: number;
  /** idle, without processes for other work; undefined where there are none */
  idleWithoutSideWork?: number;
  loaded: number;
  /** of one client, and of many at once */
  alone: Record<Operation, OperationFigures>;
  crowd: Record<Operation, OperationFigures>;
  /** seconds, medians; undefined where nothing was to be sent */
  transfers?: Record<Transfer, number>;
}

export interface PeerOptions {
  /** of each operation, by one client and by all */
  requests: number;
  clients: number;
  /** bytes of the file; 0: none */
  fileSize: number;
  rounds: number;
  /** where the file is made */
  file: string;
}

/** Of one operation. */
const atMostSeconds = 60;

/** Measures a peer that has just been started. What comes first leaves nothing that the next would wait for. */
export async function measurePeer(peer: Peer, options: PeerOptions, say: (what: string) => void): Promise<PeerFigures> {
  await pause(3_000);
  const idle = treeUsage(peer.pid);
  const withoutSideWork = peer.sideWork && treeUsage(peer.pid, peer.sideWork);
  let loaded = idle.bytes;
  const next = new Map<Operation, number>();
  const measureAll = async (clients: number, requests: number) => {
    const figures: Partial<Record<Operation, OperationFigures>> = {};
    for (const operation of operations) {
      const from = next.get(operation) ?? 0;
      const sent = requests + warmUpOf(requests);
      figures[operation] = await measureOperation(peer, operation, { count: requests, clients, from });
      next.set(operation, from + sent);
      loaded = Math.max(loaded, treeUsage(peer.pid).bytes);
    }
    return figures as Record<Operation, OperationFigures>;
  };
  say(`${peer.name}: warming up`);
  await measureAll(options.clients, options.clients * 2);
  say(`${peer.name}: one client`);
  const alone = await measureAll(1, options.requests);
  say(`${peer.name}: ${options.clients} clients`);
  const crowd = await measureAll(options.clients, options.requests);
  const ofFile = options.fileSize > 0 ? await measureTransfers(peer, options, say) : undefined;
  loaded = Math.max(loaded, treeUsage(peer.pid).bytes);
  return {
    name: peer.name,
    processes: idle.processes,
    idle: idle.bytes,
    idleWithoutSideWork: withoutSideWork?.bytes,
    loaded,
    alone,
    crowd,
    ...(ofFile && { transfers: ofFile }),
  };
}

async function measureOperation(
  peer: Peer,
  operation: Operation,
  { count, clients, from }: { count: number; clients: number; from: number },
): Promise<OperationFigures> {
  const total: OperationFigures = { perSecond: 0, firstByte: 0, p50: 0, p95: 0, cpuMs: 0, failed: 0 };
  let seconds = 0;
  for (const make of peer.requests[operation]) {
    const step = await measureStep(peer, i => make(from + i), count, clients);
    seconds += 1 / step.perSecond;
    total.firstByte += step.firstByte;
    total.p50 += step.p50;
    total.p95 += step.p95;
    total.cpuMs += step.cpuMs;
    total.failed += step.failed;
  }
  return { ...total, perSecond: 1 / seconds };
}

async function measureStep(
  peer: Peer,
  make: (i: number) => MeasuredRequest,
  count: number,
  clients: number,
): Promise<OperationFigures> {
  const before = treeUsage(peer.pid).cpuSeconds;
  const options = { count, clients, mayFail: true, atMostSeconds };
  const { perSecond, firstByte, p50, p95, failed, sent } = await measureRequests(peer.url, options, make);
  const cpu = treeUsage(peer.pid).cpuSeconds - before;
  return { perSecond, firstByte: firstByte.p50, p50, p95, cpuMs: (cpu * 1000) / sent, failed };
}

async function measureTransfers(
  peer: Peer,
  { fileSize, file: path, rounds }: PeerOptions,
  say: (what: string) => void,
): Promise<Record<Transfer, number>> {
  const file = await LargeFile.create(path, fileSize);
  const seconds: Record<Transfer, number[]> = { upload: [], 'first download': [], 'later download': [] };
  try {
    for (let round = 0; round <= rounds; round++) {
      say(`${peer.name}: one large file, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
      await file.renew(fileSize);
      seconds.upload.push(await peer.upload({ path, size: fileSize, sha256: await file.sha256() }));
      const { url, headers } = peer.download();
      seconds['first download'].push(await downloadWithCurl(url, headers));
      // one may fill the page cache, the next one finds it filled
      await downloadWithCurl(url, headers);
      seconds['later download'].push(await downloadWithCurl(url, headers));
    }
  } finally {
    await rm(path, { force: true });
  }
  const ofRounds = (transfer: Transfer) => median(seconds[transfer].slice(1));
  return {
    upload: ofRounds('upload'),
    'first download': ofRounds('first download'),
    'later download': ofRounds('later download'),
  };
}

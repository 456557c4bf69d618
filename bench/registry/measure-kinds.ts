import { median, spread } from '../report/spread.ts';
import type { MeasuredServer } from '../server/measured-server.ts';
import { type Latencies, type MeasuredRequest, measureRequests, warmUpOf } from './measure-requests.ts';
import type { RequestKind } from './registry-requests.ts';

export interface KindResult {
  what: string;
  /** milliseconds, medians of the rounds */
  p50: number;
  p95: number;
  /** of the rounds, for the report */
  spreadOfP95: string;
  /** milliseconds of the server's CPU for each request, the median of the rounds */
  cpuMs: number;
}

/** Before the rounds: a server that was just started compiles as it goes. */
const warming = { count: 50, atMostSeconds: 3 };
/** Of one kind in one round, so that one that takes seconds does not take hours. */
const atMostSeconds = 15;

/** A server, and the kinds of requests it is asked. */
export interface AskedServer {
  server: MeasuredServer;
  kinds: readonly RequestKind[];
}

interface Sample {
  latencies: Latencies;
  cpuMs: number;
}

/** Sends every kind of request in rounds, so that a busy minute of the machine does not hit one kind alone. */
export async function measureKinds(
  server: MeasuredServer,
  kinds: readonly RequestKind[],
  rounds: number,
  say: (what: string) => void,
): Promise<KindResult[]> {
  const [results = []] = await measureBeside([{ server, kinds }], rounds, say);
  return results;
}

/**
 * The same for servers that are compared: in each round they are asked for a kind one right after the other, so that a
 * busy minute hits all of them, and each is first as often as the others.
 * @param servers are asked for the same kinds in the same order
 */
export async function measureBeside(
  servers: readonly AskedServer[],
  rounds: number,
  say: (what: string) => void,
): Promise<KindResult[][]> {
  say('warming up');
  for (const { server, kinds } of servers) {
    for (const { make } of kinds) await measureRequests(server.url, warming, make);
  }
  const samples = servers.map(({ kinds }) => kinds.map(() => [] as Sample[]));
  for (let round = 0; round < rounds; round++) {
    say(`requests, round ${round + 1} of ${rounds}`);
    for (const [at] of servers[0]?.kinds.entries() ?? []) {
      for (let turn = 0; turn < servers.length; turn++) {
        const which = (turn + round + at) % servers.length;
        const { server, kinds } = servers[which] ?? {};
        const kind = kinds?.[at];
        if (server && kind) samples[which]?.[at]?.push(await sampleOf(server, kind, round));
      }
    }
  }
  return servers.map(({ kinds }, which) => kinds.map(({ what }, at) => resultOf(what, samples[which]?.[at] ?? [])));
}

async function sampleOf(server: MeasuredServer, { count, make }: RequestKind, round: number): Promise<Sample> {
  const sent = count + warmUpOf(count);
  const made = await prepare(make, round * sent, sent);
  await server.reset();
  const latencies = await measureRequests(server.url, { count, atMostSeconds }, i => requestAt(made, i));
  return { latencies, cpuMs: ((await server.report()).cpuSeconds * 1000) / latencies.sent };
}

function resultOf(what: string, samples: readonly Sample[]): KindResult {
  const p95 = samples.map(({ latencies }) => latencies.p95);
  return {
    what,
    p50: median(samples.map(({ latencies }) => latencies.p50)),
    p95: median(p95),
    spreadOfP95: p95.length > 1 ? `p95 ${spread(p95)}` : '',
    cpuMs: median(samples.map(({ cpuMs }) => cpuMs)),
  };
}

/** Makes requests before anything is measured: what it takes to make them must not count as the server's work. */
export async function prepare(make: RequestKind['make'], from: number, count: number): Promise<MeasuredRequest[]> {
  const made: MeasuredRequest[] = [];
  for (let i = from; i < from + count; i++) made.push(await make(i));
  return made;
}

export function requestAt(made: readonly MeasuredRequest[], i: number): MeasuredRequest {
  const request = made[i];
  if (!request) throw new Error('more requests were sent than made');
  return request;
}

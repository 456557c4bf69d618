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

/** Sends every kind of request in rounds, so that a busy minute of the machine does not hit one kind alone. */
export async function measureKinds(
  server: MeasuredServer,
  kinds: readonly RequestKind[],
  rounds: number,
  say: (what: string) => void,
): Promise<KindResult[]> {
  say('warming up');
  for (const { make } of kinds) await measureRequests(server.url, warming, make);
  const samples = kinds.map(({ what }) => ({ what, latencies: [] as Latencies[], cpu: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    say(`requests, round ${round + 1} of ${rounds}`);
    for (const [at, { count, make }] of kinds.entries()) {
      const sent = count + warmUpOf(count);
      const made = await prepare(make, round * sent, sent);
      await server.reset();
      const sample = samples[at];
      const latencies = await measureRequests(server.url, { count, atMostSeconds }, i => requestAt(made, i));
      sample?.latencies.push(latencies);
      sample?.cpu.push(((await server.report()).cpuSeconds * 1000) / latencies.sent);
    }
  }
  return samples.map(({ what, latencies, cpu }) => {
    const p95 = latencies.map(one => one.p95);
    return {
      what,
      p50: median(latencies.map(one => one.p50)),
      p95: median(p95),
      spreadOfP95: p95.length > 1 ? `p95 ${spread(p95)}` : '',
      cpuMs: median(cpu),
    };
  });
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

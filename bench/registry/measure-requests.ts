import { Agent, request } from 'node:http';

export interface Latencies {
  /** milliseconds until the answer is whole */
  p50: number;
  p95: number;
  max: number;
  /** milliseconds until the answer begins */
  firstByte: { p50: number; p95: number };
  /** of those that went well */
  perSecond: number;
  /** answered with an error, where that is tolerated; not in the figures above */
  failed: number;
  /** all of them, those to warm up included */
  sent: number;
}

export interface MeasuredRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** what a good answer holds: looked for while warming up, so that no error or empty page is measured */
  expects?: string;
}

export interface MeasureOptions {
  count: number;
  clients?: number;
  /** whether errors are counted instead of thrown */
  mayFail?: boolean;
  /** ends sooner where requests are so slow that it would take longer; a few are always measured */
  atMostSeconds?: number;
}

const fewest = 5;

/** Requests that are sent before those that count. */
export function warmUpOf(count: number): number {
  return Math.ceil(count / 10);
}

/**
 * Sends requests over kept-alive connections, each client one after another as a deployment script does.
 * @param to the address of a server, or of several that the clients are spread over
 * @param make the request with this number; what it waits for is not measured.
 */
export async function measureRequests(
  to: string | readonly string[],
  options: MeasureOptions,
  make: (i: number) => MeasuredRequest | Promise<MeasuredRequest>,
): Promise<Latencies> {
  const { count, clients = 1, mayFail = false, atMostSeconds = Number.POSITIVE_INFINITY } = options;
  const urls = typeof to === 'string' ? [to] : to;
  const warmUp = warmUpOf(count);
  const times: number[] = [];
  const firstBytes: number[] = [];
  let failed = 0;
  let next = 0;
  let warmSince = 0;
  const begun = performance.now();
  const isOver = (share: number) => performance.now() - begun > atMostSeconds * 1000 * share;
  const client = async (_: unknown, number: number) => {
    const url = urls[number % urls.length] ?? '';
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      while (next < count + warmUp && !(times.length >= fewest && isOver(1))) {
        const i = next++;
        const made = await make(i);
        const started = performance.now();
        const counts = i >= warmUp || (i > 0 && isOver(0.2));
        if (counts && warmSince === 0) warmSince = started;
        const { status, body, firstByte } = await send(agent, url, made);
        const what = `${made.method} ${made.path}`;
        if (status >= 400) {
          if (!mayFail) throw new Error(`${what} answered ${status}: ${body}`);
          if (counts) failed++;
        } else if (counts) {
          times.push(performance.now() - started);
          firstBytes.push(firstByte - started);
        } else if (made.expects !== undefined && !body.includes(made.expects)) {
          throw new Error(`${what} ${made.body ?? ''} answered without ${made.expects}: ${body.slice(0, 2_000)}`);
        }
      }
    } finally {
      agent.destroy();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - warmSince) / 1000;
  const total = shares(times);
  const begin = shares(firstBytes);
  return {
    p50: total(0.5),
    p95: total(0.95),
    max: total(1),
    firstByte: { p50: begin(0.5), p95: begin(0.95) },
    perSecond: times.length / seconds,
    failed,
    sent: next,
  };
}

function shares(values: readonly number[]): (share: number) => number {
  const sorted = values.toSorted((a, b) => a - b);
  return share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function send(
  agent: Agent,
  url: string,
  { method, path, headers, body }: MeasuredRequest,
): Promise<{ status: number; body: string; firstByte: number }> {
  return new Promise((resolve, reject) => {
    const length =
      body === undefined ? {} : { 'content-length': Buffer.byteLength(body), 'content-type': 'application/json' };
    const sent = request(`${url}${path}`, { method, agent, headers: { ...headers, ...length } }, response => {
      const firstByte = performance.now();
      let text = '';
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text, firstByte }));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

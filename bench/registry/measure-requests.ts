import { Agent, request } from 'node:http';

export interface Latencies {
  /** milliseconds */
  p50: number;
  p95: number;
  max: number;
  perSecond: number;
}

export interface MeasuredRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * Sends requests over kept-alive connections, each client one after another as a deployment script does.
 * @param make the request with this number; what it waits for is not measured.
 */
export async function measureRequests(
  url: string,
  options: { count: number; clients?: number },
  make: (i: number) => MeasuredRequest | Promise<MeasuredRequest>,
): Promise<Latencies> {
  const { count, clients = 1 } = options;
  const warmUp = Math.ceil(count / 10);
  const times: number[] = [];
  let next = 0;
  let warmSince = 0;
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      while (next < count + warmUp) {
        const i = next++;
        const made = await make(i);
        const started = performance.now();
        if (i === warmUp) warmSince = started;
        const { status, body } = await send(agent, url, made);
        if (i >= warmUp) times.push(performance.now() - started);
        if (status >= 400) throw new Error(`${made.method} ${made.path} answered ${status}: ${body}`);
      }
    } finally {
      agent.destroy();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - warmSince) / 1000;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: at(1), perSecond: times.length / seconds };
}

function send(
  agent: Agent,
  url: string,
  { method, path, headers, body }: MeasuredRequest,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const length =
      body === undefined ? {} : { 'content-length': Buffer.byteLength(body), 'content-type': 'application/json' };
    const sent = request(`${url}${path}`, { method, agent, headers: { ...headers, ...length } }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

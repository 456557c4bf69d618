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

/** Sends requests one after another over one kept-alive connection, as a deployment script does. */
export async function measureRequests(
  url: string,
  count: number,
  make: (i: number) => MeasuredRequest,
): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  try {
    for (let i = -Math.ceil(count / 10); i < count; i++) {
      const started = performance.now();
      const status = await send(agent, url, make(i + Math.ceil(count / 10)));
      // the first tenth warms up
      if (i >= 0) times.push(performance.now() - started);
      if (status >= 400) throw new Error(`${make(i).method} ${make(i).path} answered ${status}`);
    }
  } finally {
    agent.destroy();
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    p50: at(0.5),
    p95: at(0.95),
    max: at(1),
    perSecond: 1000 / (times.reduce((a, b) => a + b, 0) / times.length),
  };
}

function send(agent: Agent, url: string, { method, path, headers, body }: MeasuredRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const length =
      body === undefined ? {} : { 'content-length': Buffer.byteLength(body), 'content-type': 'application/json' };
    const sent = request(`${url}${path}`, { method, agent, headers: { ...headers, ...length } }, response => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

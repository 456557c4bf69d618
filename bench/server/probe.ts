/** Loaded into the measured server with `--import`: tells its parent about memory, the event loop and its own time. */
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

export interface ProbeReport {
  /** bytes */
  rss: number;
  /** bytes, highest since the reset */
  peakRss: number;
  maxLoopDelayMs: number;
  /** the most the main thread computed in one piece, in milliseconds of its own CPU time */
  maxOwnMs: number;
  /** of all threads since the reset */
  cpuSeconds: number;
  requests: number;
  /** sum over all requests, from the parsed head to the end of the answer */
  requestMs: number;
  /** time in which at least one request was being answered */
  busyMs: number;
}

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let peakRss = 0;
let cpu = process.cpuUsage();
let requests = 0;
let requestMs = 0;
let busyMs = 0;
let running = 0;
let busySince = 0;
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 20).unref();

let maxOwnMs = 0;
let ownUsed = threadMs();
setInterval(() => {
  const used = threadMs();
  maxOwnMs = Math.max(maxOwnMs, used - ownUsed);
  ownUsed = used;
}, 1).unref();

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const started = new WeakMap<IncomingMessage, number>();
diagnostics.subscribe('http.server.request.start', message => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const now = performance.now();
  started.set(request, now);
  if (running++ === 0) busySince = now;
  response.once('close', () => {
    if (--running === 0) busyMs += performance.now() - busySince;
  });
});
diagnostics.subscribe('http.server.response.finish', message => {
  const begin = started.get((message as { request: IncomingMessage }).request);
  if (begin === undefined) return;
  requests++;
  requestMs += performance.now() - begin;
});

process.on('message', message => {
  if (message === 'reset') {
    peakRss = process.memoryUsage.rss();
    cpu = process.cpuUsage();
    requests = 0;
    requestMs = 0;
    busyMs = 0;
    busySince = performance.now();
    delay.reset();
    maxOwnMs = 0;
  }
  const used = process.cpuUsage(cpu);
  const report: ProbeReport = {
    rss: process.memoryUsage.rss(),
    peakRss,
    maxLoopDelayMs: delay.max / 1e6,
    maxOwnMs,
    cpuSeconds: (used.user + used.system) / 1e6,
    requests,
    requestMs,
    busyMs: busyMs + (running > 0 ? performance.now() - busySince : 0),
  };
  process.send?.(report);
});
// The channel to the parent must not keep a stopping server alive.
process.channel?.unref();

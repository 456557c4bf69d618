import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What a reader needs to judge the figures, and nothing that tells whose machine it was. */
export function describeMachine(): string[] {
  const [cpu] = cpus();
  return [
    `${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${type()} ${release().split(/[-+]/)[0]}`,
    `Node ${process.versions.node}`,
    `load before: ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ];
}

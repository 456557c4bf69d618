import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks of a second: what Linux tells programs, on every machine. */
const ticks = 100;

interface ProcessStat {
  pid: number;
  parent: number;
  /** seconds, its own and of children that ended */
  cpu: number;
}

export interface TreeUsage {
  processes: number;
  /** bytes of memory, where what several processes share counts once (PSS) */
  bytes: number;
  cpuSeconds: number;
}

/**
 * What a process and everything it started use now.
 * @param without leaves out processes whose command line matches, and everything they started
 * @throws Error where the process is gone
 */
export function treeUsage(root: number, without?: RegExp): TreeUsage {
  const tree = treeOf(root, without);
  return {
    processes: tree.length,
    bytes: tree.reduce((sum, { pid }) => sum + proportionalBytes(pid), 0),
    cpuSeconds: tree.reduce((sum, { cpu }) => sum + cpu, 0),
  };
}

function treeOf(root: number, without?: RegExp): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => readStat(Number(name)) ?? []);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const tree = all.filter(({ pid }) => pid === root);
  if (tree.length === 0) throw new Error(`the process ${root} is gone`);
  const isWanted = ({ pid }: ProcessStat) => !without?.test(readOrEmpty(`/proc/${pid}/cmdline`));
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []).filter(isWanted));
  return tree;
}

/** Undefined where it ended in the meantime. */
function readStat(pid: number): ProcessStat | undefined {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  // the name before it stands in parentheses and may hold anything
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return undefined;
  const [user, system, ofChildren, systemOfChildren] = fields.slice(11, 15).map(Number);
  const cpu = ((user ?? 0) + (system ?? 0) + (ofChildren ?? 0) + (systemOfChildren ?? 0)) / ticks;
  return { pid, parent: Number(fields[1]), cpu };
}

function proportionalBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

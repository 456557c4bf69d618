import { isJsonObject, parseLenientJson } from '../../../domain/json.ts';
import type { Page } from '../../../domain/pages.ts';
import { isAtLeast } from '../../../domain/roles.ts';
import type { RunFile } from '../../../domain/runs.ts';
import type { Version } from '../../../domain/versions.ts';
import type { AccessibleRun } from '../../../services/runs.ts';
import { connection, type PageArguments, pageRequest } from '../connections.ts';
import type { Fields, Resolvers } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { encodeId } from '../ids.ts';
import { consoleLine } from '../runs/console-lines.ts';
import { type HistoryRow, historyKeys, historyRows, parseSpec, sample, sampledRows } from '../runs/history.ts';
import { runFileNode } from './files.ts';

/** How many lines of the end a resuming client is given. */
const tailLines = 10;

const run: Fields<AccessibleRun> = {
  id: ({ run: { id } }) => encodeId('Run', id),
  name: ({ run: { name } }) => name,
  projectId: ({ run: { projectId } }) => String(projectId),
  project: ({ project, role }) => ({ project, role }),
  displayName: ({ run: { displayName } }) => displayName,
  description: ({ run: { description } }) => description,
  notes: ({ run: { notes } }) => notes,
  config: ({ run: { config } }) => config,
  wandbConfig: ({ run: { config } }, { keys }: { keys?: string[] | null }) => JSON.stringify(wandbConfig(config, keys)),
  summaryMetrics: ({ run: { summary } }) => summary,
  systemMetrics: async (found, _args, context) => (await lastLine(context, found, 'events')) ?? '{}',
  historyKeys: async (found, _args, context) =>
    found.run.historyLines === 0 ? null : historyKeys(await history(context, found)),
  historyLineCount: ({ run: { historyLines } }) => historyLines,
  eventsLineCount: ({ run: { eventLines } }) => eventLines,
  logLineCount: ({ run: { logLines } }) => logLines,
  historyTail: async (found, _args, { services }) =>
    JSON.stringify(await services.runs.lines(found, 'history', found.run.historyLines - tailLines)),
  eventsTail: async (found, _args, { services }) =>
    JSON.stringify(await services.runs.lines(found, 'events', found.run.eventLines - tailLines)),
  history: async (found, args: HistoryArguments, context) => historyLines(await history(context, found), args),
  events: async (found, { samples }: HistoryArguments, { services }) =>
    sample(await services.runs.lines(found, 'events'), samples ?? 500),
  sampledHistory: async (found, { specs }: { specs: string[] }, context) => {
    const parsed = specs.map(parseSpec);
    const rows = await history(context, found);
    return parsed.map(spec => sampledRows(rows, spec));
  },
  parquetHistory: async (found, { liveKeys }: { liveKeys: string[] }, context) => {
    const keys = liveKeys.length > 0 ? liveKeys : ['_step'];
    const spec = {
      keys,
      samples: Number.POSITIVE_INFINITY,
      minStep: Number.NEGATIVE_INFINITY,
      maxStep: Number.POSITIVE_INFINITY,
    };
    return { parquetUrls: [], liveData: sampledRows(await history(context, found), spec) };
  },
  logLines: (found, args: LogArguments, context) => logLines(context, found, args),
  sweepName: ({ run: { sweep } }) => sweep,
  state: ({ run: { state } }) => state,
  group: ({ run: { group } }) => group,
  jobType: ({ run: { jobType } }) => jobType,
  commit: ({ run: { commit } }) => commit,
  host: ({ run: { host } }) => host,
  readOnly: ({ role }) => !isAtLeast(role, 'member'),
  tags: ({ run: { tags } }) => tags,
  createdAt: ({ run: { createdAt } }) => createdAt,
  heartbeatAt: ({ run: { heartbeatAt } }) => heartbeatAt,
  user: ({ run: { userId } }, _args, { load }) => (userId === null ? null : load.person.load(userId)),
  stopped: ({ run: { stopRequested } }) => stopRequested,
  shouldStop: ({ run: { stopRequested } }) => stopRequested,
  failed: ({ run: { state } }) => state === 'failed' || state === 'crashed',
  running: ({ run: { state } }) => state === 'running',
  exitcode: ({ run: { exitCode } }) => exitCode,
  fileCount: (found, _args, { services }) => services.runs.countFiles(found),
  files: (found, args: FileArguments, context) => files(context, found, args),
  outputArtifacts: async (found, args: PageArguments, context) => {
    const { caller, services } = context;
    const page = await services.lineage.outputs(caller, found, pageRequest(args));
    return {
      ...(await versionConnection(context, page)),
      totalCount: async () => (await services.lineage.count(found)).outputs,
    };
  },
  inputArtifacts: async (found, args: PageArguments, context) => {
    const { caller, services } = context;
    const page = await services.lineage.inputs(caller, found, pageRequest(args));
    return {
      ...(await versionConnection(context, page)),
      totalCount: async () => (await services.lineage.count(found)).inputs,
    };
  },
};

async function versionConnection({ load }: RequestContext, page: Page<Version>) {
  const versions = await Promise.all(page.items.map(({ id }) => load.version.load(id)));
  return connection({ ...page, items: versions.flatMap(found => found ?? []) }, node => node);
}

interface HistoryArguments {
  minStep?: number | null;
  maxStep?: number | null;
  samples?: number | null;
}

interface FileArguments extends PageArguments {
  names?: (string | null)[] | null;
  pattern?: string | null;
}

interface LogArguments extends PageArguments {
  last?: number | null;
}

async function history({ services }: RequestContext, found: AccessibleRun): Promise<HistoryRow[]> {
  return historyRows(await services.runs.lines(found, 'history'));
}

/** Steps from `minStep` up to, not including, `maxStep`, whole; without either, a sample of all. */
function historyLines(rows: HistoryRow[], { minStep, maxStep, samples }: HistoryArguments): string[] {
  if (minStep == null && maxStep == null) return sample(rows, samples ?? 500).map(({ line }) => line);
  const [from, to] = [minStep ?? Number.NEGATIVE_INFINITY, maxStep ?? Number.POSITIVE_INFINITY];
  return rows.filter(({ step }) => step >= from && step < to).map(({ line }) => line);
}

/** The part of the configuration that the client keeps of itself; a run without it counts as one that never began. */
function wandbConfig(config: string, keys: string[] | null | undefined): Record<string, unknown> {
  const all = parseLenientJson(config, 'config');
  const own = isJsonObject(all) && isJsonObject(all._wandb) && isJsonObject(all._wandb.value) ? all._wandb.value : {};
  return keys ? Object.fromEntries(keys.flatMap(key => (Object.hasOwn(own, key) ? [[key, own[key]]] : []))) : own;
}

async function lastLine(
  { services }: RequestContext,
  found: AccessibleRun,
  stream: 'events',
): Promise<string | undefined> {
  return (await services.runs.lines(found, stream, found.run.eventLines - 1)).at(-1);
}

async function files(context: RequestContext, found: AccessibleRun, args: FileArguments) {
  const { services, urls } = context;
  // The client asks for "./name" as well; an empty list of names asks for all.
  const names = args.names?.flatMap(name => (name ? [name.replace(/^(\.\/)+/, '')] : []));
  const filter = { names: names && names.length > 0 ? names : undefined, like: args.pattern ?? undefined };
  const page = await services.runs.files(found, pageRequest(args), filter);
  return {
    ...connection(page, (file: RunFile) => runFileNode(file, urls)),
    totalCount: () => services.runs.countFiles(found),
  };
}

async function logLines({ services }: RequestContext, found: AccessibleRun, { first, last, after }: LogArguments) {
  const count = found.run.logLines;
  const { limit, after: position } = pageRequest({ first: last ?? first ?? 1000, after });
  const from = last ? Math.max(0, count - limit) : Number(position?.[0] ?? 0);
  const lines = await services.runs.lines(found, 'output', from, from + limit);
  const end = from + limit;
  const page = {
    items: lines.map((text, i) => consoleLine(text, from + i)),
    next: !last && end < count ? [end] : undefined,
  };
  return connection(page, node => node);
}

export const runTypes: Resolvers = { Run: run };

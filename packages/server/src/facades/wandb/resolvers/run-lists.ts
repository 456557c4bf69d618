import { isJsonObject, parseLenientJson } from '../../../domain/json.ts';
import type { Run } from '../../../domain/runs.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { AccessibleRun } from '../../../services/runs.ts';
import { type Connection, connection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { type Filter, parseFilter, unknownField } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { RequestContext } from '../graphql/request-context.ts';

export interface RunArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

type RunConnection = Connection<AccessibleRun> & { totalCount: () => number | Promise<number> };

/** More runs than these are not looked through for a filter or an order of the client's. */
const maxScanned = 20_000;

const orders = [
  'created_at',
  'createdAt',
  'heartbeat_at',
  'heartbeatAt',
  'name',
  'display_name',
  'displayName',
  'state',
  'config.*',
  'summary_metrics.*',
];

/** Runs of a project, newest first unless asked otherwise. */
export async function listRuns(
  context: RequestContext,
  found: AccessibleProject,
  args: RunArguments,
): Promise<RunConnection> {
  const { services } = context;
  const filter = parseFilter(args.filters);
  const order = parseOrder(args.order, orders);
  const newestFirst = !order || (order.descending && /^created_?at$/i.test(order.field));
  const node = (run: Run): AccessibleRun => ({ ...found, run });
  if (!filter && newestFirst) {
    const page = await services.runs.list(found, pageRequest(args));
    return { ...connection(page, node), totalCount: () => services.runs.count(found) };
  }
  const facts = new Facts(context);
  let runs = await matching(context, found, facts, filter);
  if (order && !newestFirst) runs = orderBy(runs, order, run => facts.values(run, order.field)[0]);
  return { ...connection(slice(runs, pageRequest(args)), node), totalCount: () => runs.length };
}

async function matching(
  { services }: RequestContext,
  found: AccessibleProject,
  facts: Facts,
  filter: Filter | undefined,
): Promise<Run[]> {
  const runs: Run[] = [];
  let after: (string | number)[] | undefined;
  let scanned = 0;
  do {
    const page = await services.runs.list(found, { limit: 500, after });
    await facts.learn(page.items);
    runs.push(...(filter ? page.items.filter(run => filter(field => facts.values(run, field))) : page.items));
    scanned += page.items.length;
    after = page.next;
  } while (after && scanned < maxScanned);
  return runs;
}

/** The fields of runs that filters and orders name. */
class Facts {
  readonly #context: RequestContext;
  readonly #parsed = new Map<string, unknown>();
  readonly #people = new Map<number, string>();

  constructor(context: RequestContext) {
    this.#context = context;
  }

  async learn(runs: readonly Run[]): Promise<void> {
    const ids = [
      ...new Set(runs.flatMap(({ userId }) => (userId === null || this.#people.has(userId) ? [] : [userId]))),
    ];
    for (const person of await Promise.all(ids.map(id => this.#context.load.person.load(id)))) {
      if (person) this.#people.set(person.id, person.username);
    }
  }

  values(run: Run, field: string): readonly unknown[] {
    const nested = /^(config|summary_metrics|summaryMetrics)\.(.+)$/s.exec(field);
    if (nested) return this.#nested(run, nested[1] === 'config' ? 'config' : 'summary', nested[2] ?? '');
    switch (field) {
      case 'name':
        return [run.name];
      case 'display_name':
      case 'displayName':
        return [run.displayName];
      case 'state':
        return [run.state];
      case 'tags':
        return run.tags;
      case 'group':
      case 'group_name':
        return [run.group];
      case 'job_type':
      case 'jobType':
        return [run.jobType];
      case 'sweep':
        return [run.sweep];
      case 'username':
      case 'user':
        return run.userId === null ? [] : [this.#people.get(run.userId) ?? null];
      case 'created_at':
      case 'createdAt':
        return [new Date(run.createdAt)];
      case 'heartbeat_at':
      case 'heartbeatAt':
        return [run.heartbeatAt === null ? null : new Date(run.heartbeatAt)];
      case 'description':
        return [run.description];
      case 'notes':
        return [run.notes];
      default:
        throw unknownField(
          field,
          'name, display_name, state, tags, group, job_type, username, created_at, heartbeat_at, config.*, summary_metrics.*',
        );
    }
  }

  #nested(run: Run, part: 'config' | 'summary', path: string): readonly unknown[] {
    const key = `${part}${run.id}`;
    if (!this.#parsed.has(key)) this.#parsed.set(key, parseLenientJson(run[part], part));
    let values: unknown[] = [this.#parsed.get(key)];
    for (const name of path.split('.')) {
      values = values.flatMap(value => (isJsonObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
    }
    // A value of the configuration stands in an envelope: `{"lr": {"value": 0.1}}`.
    const bare = values.map(value =>
      part === 'config' && isJsonObject(value) && 'value' in value ? value.value : value,
    );
    return bare.flatMap(value => (Array.isArray(value) ? value : [value]));
  }
}

import type { Condition } from '../../../domain/conditions.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { runValues } from '../../../domain/run-values.ts';
import type { Run } from '../../../domain/runs.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { AccessibleRun } from '../../../services/runs.ts';
import { type Connection, connection, type PageArguments, pageRequest, slice } from '../connections.ts';
import { type FieldNames, fieldOf, parseFilter } from '../filters/filter.ts';
import { orderBy, parseOrder } from '../filters/order.ts';
import type { RequestContext } from '../graphql/request-context.ts';

export interface RunArguments extends PageArguments {
  filters?: string | null;
  order?: string | null;
}

type RunConnection = Connection<AccessibleRun> & { totalCount: () => Promise<number> };

const fields: FieldNames = {
  name: 'name',
  displayName: 'displayName',
  display_name: 'displayName',
  state: 'state',
  tags: 'tag',
  group_name: 'group',
  group: 'group',
  jobType: 'jobType',
  job_type: 'jobType',
  sweep: 'sweep',
  user: 'user',
  username: 'user',
  createdAt: 'createdAt',
  created_at: 'createdAt',
  heartbeatAt: 'heartbeatAt',
  heartbeat_at: 'heartbeatAt',
  description: 'description',
  notes: 'notes',
  'config.*': 'config.*',
  'summaryMetrics.*': 'summary.*',
  'summary_metrics.*': 'summary.*',
};

/** Orders other than by creation are made here, of no more runs than these. */
const maxOrdered = 20_000;

const orders = ['created_at', 'createdAt', ...Object.keys(fields).filter(name => !/^created/.test(name))];

/** Runs of a project, newest first unless asked otherwise. */
export async function listRuns(
  context: RequestContext,
  found: AccessibleProject,
  args: RunArguments,
): Promise<RunConnection> {
  const { services } = context;
  const condition = parseFilter(args.filters, fields);
  const order = parseOrder(args.order, orders);
  const node = (run: Run): AccessibleRun => ({ ...found, run });
  const totalCount = () => services.runs.count(found, condition);
  if (!order || /^created_?at$/i.test(order.field)) {
    const direction = order && !order.descending ? 'created_at' : '-created_at';
    const page = await services.runs.list(found, pageRequest(args), { condition, order: direction });
    return { ...connection(page, node), totalCount };
  }
  const runs = await allRuns(context, found, condition);
  const users = await usersOf(context, runs);
  const field = fieldOf(order.field, fields);
  const ordered = orderBy(runs, order, run => runValues(run, users)(field)[0]);
  return { ...connection(slice(ordered, pageRequest(args)), node), totalCount };
}

async function allRuns(
  { services }: RequestContext,
  found: AccessibleProject,
  condition: Condition | undefined,
): Promise<Run[]> {
  const runs: Run[] = [];
  let after: (string | number)[] | undefined;
  do {
    const page = await services.runs.list(found, { limit: 500, after }, { condition });
    runs.push(...page.items);
    after = page.next;
    if (after && runs.length >= maxOrdered) {
      throw new RegistryError(
        'INVALID_INPUT',
        `More than ${maxOrdered} runs can be ordered by created_at only; narrow them down with a filter.`,
      );
    }
  } while (after);
  return runs;
}

async function usersOf(context: RequestContext, runs: readonly Run[]): Promise<Map<number, string>> {
  const ids = [...new Set(runs.flatMap(({ userId }) => userId ?? []))];
  const people = await Promise.all(ids.map(id => context.load.person.load(id)));
  return new Map(people.flatMap(person => (person ? [[person.id, person.username]] : [])));
}

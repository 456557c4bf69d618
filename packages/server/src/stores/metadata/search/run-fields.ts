import { type FieldSource, numberColumn, rowsOf, textColumn } from './field-sources.ts';

const sources: Readonly<Record<string, FieldSource>> = {
  name: textColumn('runs.name'),
  displayName: textColumn('runs.display_name'),
  state: textColumn('runs.state'),
  group: textColumn('runs.run_group'),
  jobType: textColumn('runs.job_type'),
  sweep: textColumn('runs.sweep'),
  description: textColumn('runs.description'),
  notes: textColumn('runs.notes'),
  createdAt: numberColumn('runs.created_at', { isTime: true }),
  heartbeatAt: numberColumn('runs.heartbeat_at', { isTime: true }),
  user: rowsOf({ table: 'entities', owner: 'id', ofColumn: 'runs.user_id', value: { text: 'entities.name' } }),
};

/** Where the fields of runs are in a query over `runs`; undefined for what only a loaded run tells. */
export function runSource(field: string): FieldSource | undefined {
  return sources[field];
}

import type { FieldValues } from './conditions.ts';
import { isJsonObject, parseLenientJson } from './json.ts';
import type { Run } from './runs.ts';

/** The values of a run under the names that searches and orders give them; `users` are names by id. */
export function runValues(run: Run, users: ReadonlyMap<number, string>): FieldValues {
  const parsed = new Map<string, unknown>();
  const nested = (part: 'config' | 'summary', path: string): readonly unknown[] => {
    if (!parsed.has(part)) parsed.set(part, parseLenientJson(run[part], part));
    let values: unknown[] = [parsed.get(part)];
    for (const name of path.split('.')) {
      values = values.flatMap(value => (isJsonObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
    }
    // A value of the configuration stands in an envelope: `{"lr": {"value": 0.1}}`.
    const bare = values.map(value =>
      part === 'config' && isJsonObject(value) && 'value' in value ? value.value : value,
    );
    return bare.flatMap(value => (Array.isArray(value) ? value : [value]));
  };
  const values: Readonly<Record<string, readonly unknown[]>> = {
    name: [run.name],
    displayName: [run.displayName],
    state: [run.state],
    tag: run.tags,
    group: [run.group],
    jobType: [run.jobType],
    sweep: [run.sweep],
    user: run.userId === null ? [] : [users.get(run.userId) ?? null],
    description: [run.description],
    notes: [run.notes],
    createdAt: [new Date(run.createdAt)],
    heartbeatAt: [run.heartbeatAt === null ? null : new Date(run.heartbeatAt)],
  };
  return field => {
    const [, part, path] = /^(config|summary)\.(.+)$/s.exec(field) ?? [];
    if (part !== undefined && path !== undefined) return nested(part === 'config' ? 'config' : 'summary', path);
    return values[field] ?? [];
  };
}

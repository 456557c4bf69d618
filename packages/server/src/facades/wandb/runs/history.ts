import { isJsonObject, parseJson, parseLenientJson } from '../../../domain/json.ts';
import { RegistryError } from '../../../domain/registry-error.ts';

/** One row of a run's history with the line it came in. */
export interface HistoryRow {
  line: string;
  step: number;
  values: Record<string, unknown>;
}

/**
 * What is no JSON object is no row; a line without `_step` counts by its place. A step is logged once: the same step again
 * is a run that was synced again, and replaces the row.
 */
export function historyRows(lines: readonly string[]): HistoryRow[] {
  const rows = new Map<number, HistoryRow>();
  for (const [i, line] of lines.entries()) {
    const values = readLine(line);
    if (!values) continue;
    const step = typeof values._step === 'number' ? values._step : i;
    rows.set(step, { line, step, values });
  }
  return [...rows.values()];
}

function readLine(line: string): Record<string, unknown> | undefined {
  try {
    const value = parseLenientJson(line, 'a line');
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** At most `count` of the rows, evenly spread, the first and the last among them. */
export function sample<T>(rows: readonly T[], count: number): T[] {
  if (rows.length <= count) return [...rows];
  if (count < 1) return [];
  if (count === 1) return rows.slice(-1);
  const stride = (rows.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => rows[Math.round(i * stride)] as T);
}

export interface SampleSpec {
  keys: string[];
  samples: number;
  minStep: number;
  /** inclusive, unlike that of `history` */
  maxStep: number;
}

/** @throws RegistryError `INVALID_INPUT` */
export function parseSpec(text: string): SampleSpec {
  const spec = parseJson(text, 'A sampling spec');
  if (!isJsonObject(spec)) throw new RegistryError('INVALID_INPUT', 'A sampling spec must be a JSON object.');
  const { keys = [], samples = 500, minStep, maxStep } = spec;
  if (!Array.isArray(keys) || !keys.every(key => typeof key === 'string') || typeof samples !== 'number') {
    throw new RegistryError('INVALID_INPUT', 'A sampling spec has "keys", a list of names, and "samples", a number.');
  }
  return {
    keys,
    samples,
    minStep: typeof minStep === 'number' ? minStep : Number.NEGATIVE_INFINITY,
    maxStep: typeof maxStep === 'number' ? maxStep : Number.POSITIVE_INFINITY,
  };
}

/** Rows that have all the keys, reduced to them; nested values are named with dots. */
export function sampledRows(rows: readonly HistoryRow[], spec: SampleSpec): Record<string, unknown>[] {
  const keys = [...new Set(spec.keys)];
  const picked: Record<string, unknown>[] = [];
  for (const { step, values } of rows) {
    if (step < spec.minStep || step > spec.maxStep) continue;
    if (keys.length === 0) {
      picked.push(values);
      continue;
    }
    const row: Record<string, unknown> = {};
    for (const key of keys) {
      const value = key === '_step' ? step : valueAt(values, key);
      if (value === undefined || value === null) break;
      row[key] = value;
    }
    if (Object.keys(row).length === keys.length) picked.push(row);
  }
  return sample(picked, spec.samples);
}

function valueAt(values: Record<string, unknown>, key: string): unknown {
  if (Object.hasOwn(values, key)) return values[key];
  let value: unknown = values;
  for (const part of key.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

interface KeyFacts {
  typeCounts: { type: string; count: number }[];
  previousValue: unknown;
}

/** What a run has logged: each key with its types and last value. */
export function historyKeys(rows: readonly HistoryRow[]): {
  keys: Record<string, KeyFacts>;
  sets: [];
  lastStep: number;
} {
  const facts = new Map<string, { counts: Map<string, number>; last: unknown }>();
  const note = (key: string, value: unknown) => {
    const known = facts.get(key) ?? { counts: new Map(), last: undefined };
    const type = Array.isArray(value) ? 'list' : isJsonObject(value) ? 'map' : value === null ? 'nil' : typeof value;
    known.counts.set(type, (known.counts.get(type) ?? 0) + 1);
    known.last = value;
    facts.set(key, known);
  };
  const walk = (values: Record<string, unknown>, prefix: string, depth: number) => {
    for (const [key, value] of Object.entries(values)) {
      // media carry `_type`: they are one value
      if (isJsonObject(value) && !('_type' in value) && depth < 8) walk(value, `${prefix}${key}.`, depth + 1);
      else note(`${prefix}${key}`, value);
    }
  };
  let lastStep = -1;
  for (const { step, values } of rows) {
    lastStep = Math.max(lastStep, step);
    walk(values, '', 0);
  }
  const keys = [...facts].map(([key, { counts, last }]): [string, KeyFacts] => [
    key,
    { typeCounts: [...counts].map(([type, count]) => ({ type, count })), previousValue: last },
  ]);
  return { keys: Object.fromEntries(keys), sets: [], lastStep };
}

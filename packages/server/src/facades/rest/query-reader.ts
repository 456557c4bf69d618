import type { z } from 'zod';
import { invalidInput } from './problems.ts';

type Kind = 'text' | 'number' | 'boolean' | 'texts';

/**
 * Reads a query string by its schema. Query strings are text: where the schema has a number, a boolean or a list, the
 * text must be one; `1e3`, ` 5` and `TRUE` are not.
 */
export function queryReader(schema: z.ZodObject): (query: unknown) => Record<string, unknown> {
  const kinds = new Map(Object.entries(schema.shape).map(([name, one]) => [name, kindOf(one as z.core.$ZodType)]));
  return query => {
    const given: Record<string, unknown> = Object.create(null);
    for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
      given[name] = convert(kinds.get(name), value);
    }
    const parsed = schema.safeParse(given);
    if (!parsed.success) throw invalidInput('query', parsed.error.issues);
    return parsed.data;
  };
}

function convert(kind: Kind | undefined, value: unknown): unknown {
  if (kind === 'texts') return Array.isArray(value) ? value : [value];
  if (typeof value !== 'string') return value;
  if (kind === 'number' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function kindOf(schema: z.core.$ZodType): Kind {
  const def = schema._zod.def as { type: string; innerType?: z.core.$ZodType };
  if (def.innerType) return kindOf(def.innerType);
  if (def.type === 'number' || def.type === 'int') return 'number';
  if (def.type === 'boolean') return 'boolean';
  return def.type === 'array' ? 'texts' : 'text';
}

import { shown } from '../../../domain/names.ts';
import { RegistryError } from '../../../domain/registry-error.ts';

export interface Order {
  field: string;
  descending: boolean;
}

/** `+name`, `-created_at` or `name`. @throws RegistryError `INVALID_INPUT` for a field that is not among the known */
export function parseOrder(text: string | null | undefined, known: readonly string[]): Order | undefined {
  if (!text) return undefined;
  const field = text.replace(/^[+-]/, '');
  if (known.some(one => (one.endsWith('*') ? field.startsWith(one.slice(0, -1)) : one === field))) {
    return { field, descending: text.startsWith('-') };
  }
  throw new RegistryError('INVALID_INPUT', `Cannot order by "${shown(text)}"; there is ${known.join(', ')}.`);
}

/** Orders by one value of each item; what has none comes last, equal ones keep their order. */
export function orderBy<T>(items: T[], { descending }: Order, value: (item: T) => unknown): T[] {
  const keyed = items.map(item => ({ item, key: sortable(value(item)) }));
  keyed.sort((a, b) => {
    const [left, right] = [a.key, b.key];
    if (left === right) return 0;
    if (left === undefined || left === null) return 1;
    if (right === undefined || right === null) return -1;
    const less = typeof left === 'number' && typeof right === 'number' ? left < right : String(left) < String(right);
    return less === descending ? 1 : -1;
  });
  return keyed.map(({ item }) => item);
}

function sortable(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

/**
 * What a search asks of the objects of a list, whatever syntax it came in. A field stands for the values that an object
 * has under a name: none, one, or several (tags, aliases); a test holds where it does for at least one of them.
 */
export type Condition =
  | { kind: 'all' | 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'field'; field: string; test: FieldTest };

export type FieldTest =
  | { operator: 'in'; values: readonly unknown[] }
  | { operator: 'compare'; is: Comparison; value: unknown }
  | { operator: 'contains'; value: unknown }
  | { operator: 'matches'; pattern: RegExp }
  /** has a value that is not null */
  | { operator: 'exists' }
  /** has exactly so many values */
  | { operator: 'size'; count: unknown };

export type Comparison = '>' | '>=' | '<' | '<=';

/** The values an object has under a field's name. */
export type FieldValues = (field: string) => readonly unknown[];

/** No more of a text than this is searched with a regular expression. */
export const maxSearchedText = 512;

/** Whether an object meets a condition. */
export function meets(condition: Condition, values: FieldValues): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every(part => meets(part, values));
    case 'any':
      return condition.of.some(part => meets(part, values));
    case 'not':
      return !meets(condition.of, values);
    case 'field':
      return passes(condition.test, values(condition.field));
  }
}

/** Whether an object with these values passes a test of one field. */
export function passes(test: FieldTest, values: readonly unknown[]): boolean {
  switch (test.operator) {
    case 'in': {
      const wanted = new Set(test.values.flatMap(forms));
      return values.some(value => forms(value).some(form => wanted.has(form)));
    }
    case 'compare':
      return values.some(value => compares(value, test.is, test.value));
    case 'contains':
      return values.some(
        value =>
          passes({ operator: 'in', values: [test.value] }, [value]) ||
          (typeof value === 'string' && typeof test.value === 'string' && value.includes(test.value)),
      );
    case 'matches':
      return values.some(value => typeof value === 'string' && matchesPattern(test.pattern, value));
    case 'exists':
      return values.some(value => value !== null);
    case 'size':
      return values.length === test.count;
  }
}

export function matchesPattern(pattern: RegExp, text: string): boolean {
  return pattern.test(text.slice(0, maxSearchedText));
}

/** Whether text is compared as the time it tells, however many digits of a second it is written with. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d)/.test(text);
}

/** Milliseconds since 1970; NaN where the text is no time. One without a zone is UTC. */
export function parseTime(text: string): number {
  return Date.parse(!isTime(text) || /[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
}

/** What equal values have in common. A moment is equal to its number and to every text that tells it, which are not equal to each other. */
function forms(value: unknown): unknown[] {
  if (value instanceof Date) return [value.getTime(), moment(value.getTime())];
  if (typeof value === 'string' && isTime(value)) {
    const time = parseTime(value);
    return [Number.isNaN(time) ? value : moment(time)];
  }
  return [typeof value === 'object' && value !== null ? JSON.stringify(value) : value];
}

function moment(time: number): string {
  return `\0moment ${time}`;
}

function compares(value: unknown, is: Comparison, other: unknown): boolean {
  if (value instanceof Date) {
    const time = typeof other === 'string' ? parseTime(other) : other;
    return typeof time === 'number' && compare(value.getTime(), is, time);
  }
  if (typeof value === 'number') return typeof other === 'number' && compare(value, is, other);
  if (typeof value !== 'string' || typeof other !== 'string' || isTime(value) !== isTime(other)) return false;
  return isTime(value) ? compare(parseTime(value), is, parseTime(other)) : compare(value, is, other);
}

function compare<T extends number | string>(a: T, is: Comparison, b: T): boolean {
  if (is === '>') return a > b;
  if (is === '>=') return a >= b;
  return is === '<' ? a < b : a <= b;
}

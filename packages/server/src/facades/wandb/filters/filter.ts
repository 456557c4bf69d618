import { isJsonObject, parseJson } from '../../../domain/json.ts';
import { shown } from '../../../domain/names.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { safePattern } from './safe-pattern.ts';

/** The values an object has under a field's name: none, one, or several (tags, aliases). */
export type FieldValues = (field: string) => readonly unknown[];
/** Whether an object passes a filter. */
export type Filter = (values: FieldValues) => boolean;

const maxConditions = 500;
const maxDepth = 20;

/**
 * Reads a filter as the client writes it: JSON text in the language of MongoDB, with the operators of
 * `wandb._filters`. Undefined where it lets everything pass.
 * @throws RegistryError `INVALID_JSON`, `INVALID_INPUT` naming what is not understood
 */
export function parseFilter(text: string | null | undefined): Filter | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const value = parseJson(text, 'The filter');
  if (value === null) return undefined;
  const budget = { left: maxConditions };
  const filter = readAll(value, 0, budget);
  return budget.left === maxConditions ? undefined : filter;
}

function readAll(value: unknown, depth: number, budget: { left: number }): Filter {
  if (!isJsonObject(value)) throw invalid('each part must be a JSON object');
  if (depth > maxDepth) throw invalid(`it is nested deeper than ${maxDepth} levels`);
  const parts = Object.entries(value).map(([key, operand]) => {
    if (!key.startsWith('$')) return readField(key, operand, budget);
    return readLogical(key, operand, depth, budget);
  });
  return values => parts.every(part => part(values));
}

function readLogical(operator: string, operand: unknown, depth: number, budget: { left: number }): Filter {
  if (operator === '$not') {
    const part = readAll(operand, depth + 1, budget);
    return values => !part(values);
  }
  if (operator !== '$and' && operator !== '$or' && operator !== '$nor') throw unknownOperator(operator);
  if (!Array.isArray(operand)) throw invalid(`${operator} needs a list`);
  const parts = operand.map(part => readAll(part, depth + 1, budget));
  if (operator === '$and') return values => parts.every(part => part(values));
  if (operator === '$nor') return values => !parts.some(part => part(values));
  // The client wraps conditions that it does not have in an empty list.
  return values => parts.length === 0 || parts.some(part => part(values));
}

function readField(field: string, operand: unknown, budget: { left: number }): Filter {
  if (--budget.left < 0) throw invalid(`it has more than ${maxConditions} conditions`);
  const isOperators = isJsonObject(operand) && Object.keys(operand).some(key => key.startsWith('$'));
  const tests = isOperators
    ? Object.entries(operand).map(([operator, value]) => readTest(operator, value))
    : [readTest('$eq', operand)];
  return values => {
    const found = values(field);
    return tests.every(test => test(found));
  };
}

type Test = (values: readonly unknown[]) => boolean;

function readTest(operator: string, operand: unknown): Test {
  const some =
    (test: (value: unknown) => boolean): Test =>
    values =>
      values.some(test);
  switch (operator) {
    case '$eq':
      return operand === null ? values => values.every(value => value === null) : some(value => same(value, operand));
    case '$ne':
      return operand === null
        ? values => values.some(value => value !== null)
        : values => !values.some(value => same(value, operand));
    case '$gt':
      return some(value => compare(value, operand) > 0);
    case '$gte':
      return some(value => compare(value, operand) >= 0);
    case '$lt':
      return some(value => compare(value, operand) < 0);
    case '$lte':
      return some(value => compare(value, operand) <= 0);
    case '$in':
      return some(within(operator, operand));
    case '$nin': {
      const isIn = within(operator, operand);
      return values => !values.some(isIn);
    }
    case '$all': {
      const wanted = list(operator, operand);
      return values => wanted.every(one => values.some(value => same(value, one)));
    }
    case '$exists':
      return values => values.some(value => value !== null) === (operand === true);
    case '$size':
      return values => values.length === operand;
    case '$contains':
      return some(
        value =>
          same(value, operand) || (typeof value === 'string' && typeof operand === 'string' && value.includes(operand)),
      );
    case '$regex': {
      const pattern = safePattern(operand);
      return some(value => typeof value === 'string' && pattern.test(value.slice(0, 512)));
    }
    case '$not': {
      if (!isJsonObject(operand)) throw invalid('$not needs operators');
      const tests = Object.entries(operand).map(([inner, value]) => readTest(inner, value));
      return values => !tests.every(test => test(values));
    }
    default:
      throw unknownOperator(operator);
  }
}

function within(operator: string, operand: unknown): (value: unknown) => boolean {
  const wanted = new Set(list(operator, operand).map(comparable));
  return value => wanted.has(comparable(value));
}

function list(operator: string, operand: unknown): unknown[] {
  if (!Array.isArray(operand)) throw invalid(`${operator} needs a list`);
  if (operand.length > 10_000) throw invalid(`${operator} has more than 10,000 values`);
  return operand;
}

function same(value: unknown, other: unknown): boolean {
  return comparable(value) === comparable(other);
}

/** Times are compared as times, however many digits of a second they are written with. */
function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d)/.test(value)) {
    const time = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(' ', 'T')}Z`);
    return Number.isNaN(time) ? value : time;
  }
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** NaN, which is neither less nor more, where the two cannot be compared. */
function compare(value: unknown, other: unknown): number {
  let [a, b] = [comparable(value), comparable(other)];
  if (value instanceof Date && typeof other === 'string') b = Date.parse(other);
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return Number.NaN;
  if (a === b) return 0;
  return (a as number | string) < (b as number | string) ? -1 : 1;
}

function invalid(why: string): RegistryError {
  return new RegistryError('INVALID_INPUT', `The filter cannot be used: ${why}.`);
}

function unknownOperator(operator: string): RegistryError {
  return invalid(`the operator "${shown(operator)}" is not known`);
}

export function unknownField(field: string, known: string): RegistryError {
  return invalid(`there is no field "${shown(field)}" here; there is ${known}`);
}

import type { Comparison, Condition, FieldTest } from '../../../domain/conditions.ts';
import { isJsonObject, parseJson } from '../../../domain/json.ts';
import { shown } from '../../../domain/names.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { safePattern } from './safe-pattern.ts';

/** The client's names of an object's fields and what they are called here; a name that ends in `*` stands for all that begin so. */
export type FieldNames = Readonly<Record<string, string>>;

const maxConditions = 500;
const maxDepth = 20;

/**
 * Reads a filter as the client writes it: JSON text in the language of MongoDB, with the operators of
 * `wandb._filters`. Undefined where it lets everything pass.
 * @throws RegistryError `INVALID_JSON`, `INVALID_INPUT` naming what is not understood
 */
export function parseFilter(text: string | null | undefined, fields: FieldNames): Condition | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const value = parseJson(text, 'The filter');
  if (value === null) return undefined;
  const reader = new FilterReader(fields);
  const condition = reader.readAll(value, 0);
  return reader.conditions === 0 ? undefined : condition;
}

class FilterReader {
  conditions = 0;
  readonly #fields: FieldNames;

  constructor(fields: FieldNames) {
    this.#fields = fields;
  }

  readAll(value: unknown, depth: number): Condition {
    if (!isJsonObject(value)) throw invalid('each part must be a JSON object');
    if (depth > maxDepth) throw invalid(`it is nested deeper than ${maxDepth} levels`);
    return all(
      Object.entries(value).map(([key, operand]) =>
        key.startsWith('$') ? this.#readLogical(key, operand, depth) : this.#readField(key, operand),
      ),
    );
  }

  #readLogical(operator: string, operand: unknown, depth: number): Condition {
    if (operator === '$not') return not(this.readAll(operand, depth + 1));
    if (operator !== '$and' && operator !== '$or' && operator !== '$nor') throw unknownOperator(operator);
    if (!Array.isArray(operand)) throw invalid(`${operator} needs a list`);
    const parts = operand.map(part => this.readAll(part, depth + 1));
    // The client wraps conditions that it does not have in an empty list.
    if (operator === '$and' || parts.length === 0) return all(parts);
    return operator === '$or' ? any(parts) : not(any(parts));
  }

  #readField(name: string, operand: unknown): Condition {
    if (++this.conditions > maxConditions) throw invalid(`it has more than ${maxConditions} conditions`);
    const field = fieldOf(name, this.#fields);
    const isOperators = isJsonObject(operand) && Object.keys(operand).some(key => key.startsWith('$'));
    return isOperators ? readTests(field, operand) : readTest(field, '$eq', operand);
  }
}

/** What a field of the client's is called here. @throws RegistryError `INVALID_INPUT` naming those there are */
export function fieldOf(name: string, fields: FieldNames): string {
  if (Object.hasOwn(fields, name)) return fields[name] ?? name;
  for (const [known, field] of Object.entries(fields)) {
    const start = known.endsWith('*') ? known.slice(0, -1) : undefined;
    if (start !== undefined && name.startsWith(start) && name.length > start.length)
      return field.replace('*', () => name.slice(start.length));
  }
  const names = [...new Map(Object.entries(fields).map(([known, field]) => [field, known])).values()];
  throw invalid(`there is no field "${shown(name)}" here; there is ${names.join(', ')}`);
}

function readTests(field: string, operators: Record<string, unknown>): Condition {
  return all(Object.entries(operators).map(([operator, value]) => readTest(field, operator, value)));
}

const comparisons: Readonly<Record<string, Comparison>> = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' };

function readTest(field: string, operator: string, operand: unknown): Condition {
  const has = (test: FieldTest): Condition => ({ kind: 'field', field, test });
  const exists = has({ operator: 'exists' });
  const is = comparisons[operator];
  if (is) return has({ operator: 'compare', is, value: operand });
  switch (operator) {
    case '$eq':
      return operand === null ? not(exists) : has({ operator: 'in', values: [operand] });
    case '$ne':
      return operand === null ? exists : not(has({ operator: 'in', values: [operand] }));
    case '$in':
      return has({ operator: 'in', values: list(operator, operand) });
    case '$nin':
      return not(has({ operator: 'in', values: list(operator, operand) }));
    case '$all':
      return all(list(operator, operand).map(one => has({ operator: 'in', values: [one] })));
    case '$exists':
      return operand === true ? exists : not(exists);
    case '$size':
      return has({ operator: 'size', count: operand });
    case '$contains':
      return has({ operator: 'contains', value: operand });
    case '$regex':
      return has({ operator: 'matches', pattern: safePattern(operand) });
    case '$not':
      if (!isJsonObject(operand)) throw invalid('$not needs operators');
      return not(readTests(field, operand));
    default:
      throw unknownOperator(operator);
  }
}

function all(of: Condition[]): Condition {
  const [only, ...more] = of;
  return only && more.length === 0 ? only : { kind: 'all', of };
}

function any(of: Condition[]): Condition {
  const [only, ...more] = of;
  return only && more.length === 0 ? only : { kind: 'any', of };
}

function not(of: Condition): Condition {
  return { kind: 'not', of };
}

function list(operator: string, operand: unknown): unknown[] {
  if (!Array.isArray(operand)) throw invalid(`${operator} needs a list`);
  if (operand.length > 10_000) throw invalid(`${operator} has more than 10,000 values`);
  return operand;
}

function invalid(why: string): RegistryError {
  return new RegistryError('INVALID_INPUT', `The filter cannot be used: ${why}.`);
}

function unknownOperator(operator: string): RegistryError {
  return invalid(`the operator "${shown(operator)}" is not known`);
}

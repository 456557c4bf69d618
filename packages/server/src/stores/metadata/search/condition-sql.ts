import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  type Comparison,
  type Condition,
  type FieldTest,
  isTime,
  parseTime,
  passes,
} from '../../../domain/conditions.ts';
import type { SqlDialect } from '../dialect.ts';
import { endOfPrefix } from '../text-prefix.ts';
import type { FieldSources, Lead, SqlValue } from './field-sources.ts';
import { literalsOf, prefixOf } from './plain-patterns.ts';

/** What the database can be asked of a condition. */
export interface SqlCondition {
  /** true for every object that meets the condition; absent where the database cannot tell at all */
  where: RawBuilder<SqlBool> | undefined;
  /** whether it is true for no other object */
  exact: boolean;
}

/** What is known of the query that a condition becomes a part of. */
export interface Given {
  /** the column in whose order it walks an index, if it does: other indexes must not distract the planner */
  walked?: string;
  /** the part of the condition that everything meets which it looks at */
  met?: Condition;
}

const never = sql<SqlBool>`1 = 0`;
const always: SqlCondition = { where: sql<SqlBool>`1 = 1`, exact: true };
const unknown: SqlCondition = { where: undefined, exact: false };

/** Translates a condition as far as the database has the means; what is not exact has to be looked at again in `meets`. */
export function toSql(
  condition: Condition | undefined,
  fields: FieldSources,
  dialect: SqlDialect,
  given: Given = {},
): SqlCondition {
  if (!condition) return { where: undefined, exact: true };
  if (condition === given.met) return always;
  switch (condition.kind) {
    case 'all': {
      const parts = condition.of.map(part => toSql(part, fields, dialect, given));
      const known = parts.flatMap(({ where }) => where ?? []);
      const exact = parts.every(part => part.exact);
      return known.length === 0 ? { ...always, exact } : { where: joined(known, ' and '), exact };
    }
    case 'any': {
      const parts = condition.of.map(part => toSql(part, fields, dialect, given));
      const known = parts.flatMap(({ where }) => where ?? []);
      if (known.length < parts.length) return unknown;
      return { where: known.length === 0 ? never : joined(known, ' or '), exact: parts.every(part => part.exact) };
    }
    case 'not': {
      const { where, exact } = toSql(condition.of, fields, dialect, given);
      return where && exact ? { where: sql<SqlBool>`not (${where})`, exact } : unknown;
    }
    case 'field': {
      const source = fields(condition.field);
      if (!source) return unknown;
      if ('same' in source) return passes(condition.test, source.same) ? always : { where: never, exact: true };
      const { where, exact } = testToSql(
        condition.test,
        source.value,
        source.some ? inRows(dialect) : inColumn(dialect, given.walked),
      );
      if (!where || where === never || !source.some) return { where, exact };
      return { where: source.some(where, dialect), exact };
    }
  }
}

/** The leads that every object of the condition can be found by: those of what it asks for without an alternative. */
export function leadsOf(condition: Condition, fields: FieldSources, dialect: SqlDialect): Lead[] {
  if (condition.kind === 'all') return condition.of.flatMap(part => leadsOf(part, fields, dialect));
  if (condition.kind !== 'field') return [];
  const source = fields(condition.field);
  if (!source || 'same' in source) return [];
  const { test } = condition;
  switch (test.operator) {
    case 'in':
    case 'compare': {
      const { where } = testToSql(test, source.value, inColumn(dialect));
      return where && source.lead ? [{ ...source.lead(where), meets: condition }] : [];
    }
    case 'contains':
      // the same time can be written in other words
      if (typeof test.value !== 'string' || isTime(test.value)) return [];
      return source.leadsToPart?.(test.value) ?? [];
    case 'matches':
      return literalsOf(test.pattern).flatMap(literal => source.leadsToPart?.(literal) ?? []);
    default:
      return [];
  }
}

/** How a test is written where it stands. */
interface Writing {
  dialect: SqlDialect;
  ref(column: string): RawBuilder<unknown>;
  /** whether an index of the column may be used */
  isIndexed(column: string): boolean;
  known(column: string, holds: RawBuilder<SqlBool>): RawBuilder<SqlBool>;
}

/** Never null, so that a `not` around it is the opposite. */
function inColumn(dialect: SqlDialect, walked?: string): Writing {
  const isIndexed = (column: string) => walked === undefined || column === walked;
  const ref = (column: string) => (isIndexed(column) ? sql.ref(column) : dialect.unindexed(column));
  return { dialect, ref, isIndexed, known: (column, holds) => sql<SqlBool>`(${ref(column)} is not null and ${holds})` };
}

/** Of the rows of one object, which are few, so that only the index that leads to them is of use. */
function inRows(dialect: SqlDialect): Writing {
  return { dialect, ref: dialect.unindexed, isIndexed: () => false, known: (_column, holds) => holds };
}

function testToSql(test: FieldTest, value: SqlValue, writing: Writing): SqlCondition {
  const { dialect, ref, known } = writing;
  switch (test.operator) {
    case 'in':
      return isAmong(test.values, value, writing);
    case 'compare':
      return compares(test.is, test.value, value, writing);
    case 'contains': {
      const { value: part } = test;
      const same = isAmong([part], value, writing);
      if (typeof part !== 'string') return same;
      if (value.number?.ofWord) return unknown;
      if (!value.text || part.includes('\0')) return same;
      const within = known(value.text, dialect.contains(ref(value.text), part));
      return same.where ? { where: sql<SqlBool>`(${within} or ${same.where})`, exact: same.exact } : unknown;
    }
    case 'matches': {
      if (!value.text) return value.number?.ofWord ? unknown : { where: never, exact: true };
      const found = dialect.matches(ref(value.text), test.pattern, value.isShort ?? false);
      if (!found) return unknown;
      // where another index is walked, a range of this one would only tempt
      const within = writing.isIndexed(value.text) && prefixRange(prefixOf(test.pattern), ref(value.text));
      const where = within ? joined([within, found.where], ' and ') : found.where;
      return { where: known(value.text, where), exact: found.exact };
    }
    case 'exists': {
      const columns = [value.text, value.number?.column].flatMap(column => column ?? []);
      return {
        where: joined(
          columns.map(column => sql<SqlBool>`${ref(column)} is not null`),
          ' or ',
        ),
        exact: true,
      };
    }
    case 'size':
      return unknown;
  }
}

/** Of an index, where there is one. */
function prefixRange(prefix: string, text: RawBuilder<unknown>): RawBuilder<SqlBool> | undefined {
  const end = prefix === '' ? undefined : endOfPrefix(prefix);
  return end === undefined ? undefined : sql<SqlBool>`${text} >= ${prefix} and ${text} < ${end}`;
}

function isAmong(operands: readonly unknown[], value: SqlValue, { dialect, ref, known }: Writing): SqlCondition {
  const { text, number, booleansAsText } = value;
  const texts = new Set<string>();
  const numbers = new Set<number>();
  for (const operand of operands) {
    if (typeof operand === 'number') {
      if (!number?.whole || Number.isSafeInteger(operand)) numbers.add(operand);
    } else if (typeof operand === 'boolean') {
      if (booleansAsText) texts.add(String(operand));
    } else if (typeof operand === 'string') {
      // The same time can be written in other words.
      if (text && isTime(operand)) return unknown;
      const meant = number?.isTime && isTime(operand) ? parseTime(operand) : number?.ofWord?.(operand);
      if (meant !== undefined && Number.isSafeInteger(meant)) numbers.add(meant);
      // No database keeps U+0000.
      if (!operand.includes('\0')) texts.add(operand);
    } else return unknown;
  }
  const found: RawBuilder<SqlBool>[] = [];
  if (text && texts.size > 0) found.push(known(text, dialect.among(ref(text), dialect.list([...texts]))));
  if (number && numbers.size > 0) {
    const list = dialect.list([...numbers]);
    found.push(known(number.column, dialect.among(ref(number.column), list)));
  }
  return { where: found.length === 0 ? never : joined(found, ' or '), exact: true };
}

function compares(is: Comparison, operand: unknown, { text, number }: SqlValue, { ref, known }: Writing): SqlCondition {
  if (typeof operand === 'string' && (text || number?.ofWord)) return unknown;
  const bound = typeof operand === 'string' && number?.isTime ? parseTime(operand) : operand;
  if (!number || typeof bound !== 'number' || !Number.isFinite(bound)) return { where: never, exact: true };
  const given = number.whole ? wholeBound(is, bound) : bound;
  return { where: known(number.column, sql<SqlBool>`${ref(number.column)} ${sql.raw(is)} ${given}`), exact: true };
}

/** The whole number that a comparison with `bound` comes to, within what databases take. */
function wholeBound(is: Comparison, bound: number): number {
  const whole = is === '>' || is === '<=' ? Math.floor(bound) : Math.ceil(bound);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, whole));
}

function joined(parts: readonly RawBuilder<SqlBool>[], word: ' and ' | ' or '): RawBuilder<SqlBool> {
  const [only, ...more] = parts;
  return only && more.length === 0 ? only : sql<SqlBool>`(${sql.join(parts, sql.raw(word))})`;
}

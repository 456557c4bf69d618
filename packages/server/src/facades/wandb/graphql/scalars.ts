import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

/** A JSON document in a string, on the way in and out. */
const JSONString = new GraphQLScalarType<string, string>({
  name: 'JSONString',
  serialize: value => (typeof value === 'string' ? value : JSON.stringify(value)),
  parseValue: requireString,
  parseLiteral: node => requireString(node.kind === Kind.STRING ? node.value : undefined),
});

/** Any JSON value as it is. */
const JSONValue = new GraphQLScalarType({
  name: 'JSON',
  serialize: value => value,
  parseValue: value => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

/** A JSON number: the Go client fails on strings. */
const Int64 = new GraphQLScalarType<number, number>({
  name: 'Int64',
  serialize: requireInteger,
  parseValue: requireInteger,
  parseLiteral: integerLiteral,
});

const Duration = new GraphQLScalarType<number, number>({
  name: 'Duration',
  serialize: requireInteger,
  parseValue: requireInteger,
  parseLiteral: integerLiteral,
});

/** Milliseconds within, `2024-05-06T07:08:09Z` on the wire. */
const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  serialize: value => isoTime(Number(value)),
  parseValue: requireString,
  parseLiteral: node => requireString(node.kind === Kind.STRING ? node.value : undefined),
});

export const scalars = { JSONString, JSON: JSONValue, Int64, Duration, DateTime };

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function requireString(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('a string is expected here');
}

function requireInteger(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new GraphQLError('a whole number is expected here');
}

function integerLiteral(node: ValueNode): number {
  return requireInteger(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined);
}

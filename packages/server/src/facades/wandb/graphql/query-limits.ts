import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { RegistryError } from '../../../domain/registry-error.ts';

/** Bytes of a query's text. The client's longest document is about 10 kB. */
export const maxQueryBytes = 256 * 1024;
export const maxTokens = 10_000;
const maxBrackets = 64;
const maxRootFields = 32;
const maxAliases = 256;
const maxFields = 4_000;
const maxDirectives = 256;

/** Counts brackets in the raw text: parsing by recursion overflows the stack on 2,000 of them. */
export function requireShallowQuery(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text.charCodeAt(i);
    if (sign === 0x7b || sign === 0x28 || sign === 0x5b) {
      if (++depth > maxBrackets) throw tooComplex(`is nested deeper than ${maxBrackets} brackets`);
    } else if (sign === 0x7d || sign === 0x29 || sign === 0x5d) depth--;
    else if (sign === 0x23) i = endOf(text, '\n', i);
    else if (sign === 0x22) i = endOfString(text, i);
  }
}

function endOfString(text: string, start: number): number {
  if (text.startsWith('"""', start)) {
    let end = start + 3;
    // `\"""` stands for three quotes inside a block string
    do end = endOf(text, '"""', end + 1) + 2;
    while (end < text.length && text[end - 3] === '\\');
    return end;
  }
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"' || text[i] === '\n') return i;
  }
  return text.length;
}

function endOf(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found < 0 ? text.length : found;
}

interface Cost {
  fields: number;
  aliases: number;
  directives: number;
}

/**
 * Measures an operation with its fragments expanded, so that neither repetition nor fragments within fragments make a
 * small text expensive to check or to run.
 */
export function requireModestQuery(document: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const known = new Map<string, Cost>();
  const expand = (set: SelectionSetNode | undefined, inside: ReadonlySet<string>): Cost => {
    const total: Cost = { fields: 0, aliases: 0, directives: 0 };
    for (const selection of set?.selections ?? []) {
      total.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        total.fields += 1;
        if (selection.alias) total.aliases += 1;
        add(total, expand(selection.selectionSet, inside));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) add(total, expand(selection.selectionSet, inside));
      else add(total, ofFragment(selection.name.value, inside));
    }
    if (total.fields > maxFields) throw tooComplex(`selects more than ${maxFields} fields`);
    if (total.aliases > maxAliases) throw tooComplex(`has more than ${maxAliases} aliases`);
    if (total.directives > maxDirectives) throw tooComplex(`has more than ${maxDirectives} directives`);
    return total;
  };
  const ofFragment = (name: string, inside: ReadonlySet<string>): Cost => {
    if (inside.has(name)) throw new RegistryError('INVALID_INPUT', `The fragment "${name}" contains itself.`);
    const cost = known.get(name) ?? expand(fragments.get(name)?.selectionSet, new Set([...inside, name]));
    known.set(name, cost);
    return cost;
  };
  for (const name of fragments.keys()) ofFragment(name, new Set());
  for (const { selectionSet } of operations) {
    if (selectionSet.selections.length > maxRootFields)
      throw tooComplex(`asks for more than ${maxRootFields} things at once`);
    expand(selectionSet, new Set());
  }
}

function add(total: Cost, more: Cost): void {
  total.fields += more.fields;
  total.aliases += more.aliases;
  total.directives += more.directives;
}

function tooComplex(why: string): RegistryError {
  return new RegistryError('QUERY_TOO_COMPLEX', `The GraphQL query ${why}. Split it into several.`);
}

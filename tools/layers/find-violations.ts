import { posix } from 'node:path';
import { emptyNames, type LayerRule, layerRules } from './layer-rules.ts';
import { type ModuleReference, moduleReferences, occurrences } from './source-scan.ts';

export interface SourceFile {
  /** Relative to `packages/server/src`, with forward slashes. */
  readonly path: string;
  readonly source: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly advice: string;
}

const impure: readonly { pattern: RegExp; rule: string; advice: string }[] = [
  {
    pattern: /\b(?:async|await)\b/g,
    rule: 'domain has no `async`',
    advice: 'let the service await, and pass the result in',
  },
  {
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/g,
    rule: 'domain has no clock',
    advice: 'take the time as an argument; services get it from the Clock port',
  },
  {
    pattern: /\bMath\.random\b|\bcrypto\.random\w+/g,
    rule: 'domain has no randomness',
    advice: 'take the random value as an argument; services get it from a port',
  },
  {
    pattern: /\b(?:process\.\w+|fetch\s*\(|console\.\w+|set(?:Timeout|Interval|Immediate)\s*\()/g,
    rule: 'domain does not reach outside',
    advice: 'return what is to be done, and let a service do it',
  },
];

/** Tests build what they need, so the rules are for the sources beside them. */
export function findViolations(files: readonly SourceFile[]): readonly Violation[] {
  return files.filter(({ path }) => !path.endsWith('.test.ts')).flatMap(file => violationsIn(file));
}

function violationsIn(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const report = (line: number, rule: string, advice: string) => found.push({ path: file.path, line, rule, advice });

  if (emptyNames.test(file.path)) {
    report(1, 'a name says what is inside', 'name the file or folder after the one thing it exports');
  }
  const layer = layerOf(file.path);
  if (layer === undefined) {
    report(1, 'every source belongs to a layer', 'move it into one, or add the layer to tools/layers/layer-rules.ts');
    return found;
  }
  for (const reference of moduleReferences(file.source)) {
    const problem = judge(file.path, layer, reference);
    if (problem !== undefined) report(reference.line, problem.rule, problem.advice);
  }
  if (layer.rule.pure) {
    for (const { pattern, rule, advice } of impure) {
      for (const { text, line } of occurrences(file.source, pattern)) report(line, `${rule} (\`${text}\`)`, advice);
    }
  }
  return found;
}

interface Layer {
  readonly rule: LayerRule;
  /** `facades/*` names one layer for each façade: `facades/rest`, `facades/wandb`. */
  readonly name: string;
}

function layerOf(path: string): Layer | undefined {
  for (const rule of layerRules) {
    const pattern = new RegExp(`^${rule.path.replaceAll('.', '\\.').replace('*', '[^/]+')}(?=/|$)`);
    const name = pattern.exec(path)?.[0];
    if (name !== undefined) return { rule, name };
  }
  return undefined;
}

function judge(path: string, layer: Layer, reference: ModuleReference): { rule: string; advice: string } | undefined {
  const { specifier } = reference;
  if (specifier.startsWith('.')) return judgeRelative(path, layer, reference);
  if (specifier.startsWith('node:')) return judgeNode(layer, reference);
  if (layer.rule.packages.some(allowed => matches(specifier, allowed))) return undefined;
  return {
    rule: `${layer.name} does not import the package ${specifier}`,
    advice: adviceOn(specifier),
  };
}

function judgeRelative(path: string, layer: Layer, { specifier, typeOnly }: ModuleReference) {
  if (!/\.(ts|json)$/.test(specifier)) {
    return { rule: 'a relative import names its file', advice: `write the ending, as in '${specifier}.ts'` };
  }
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith('..')) {
    return { rule: 'sources stay in their package', advice: 'import another package by its name' };
  }
  const other = layerOf(target);
  if (other === undefined || other.name === layer.name) return undefined;
  const { layers, typesOf = [] } = layer.rule;
  if (layers.includes('*') || layers.includes(other.name)) return undefined;
  const types = typesOf.includes(other.name);
  if (types && typeOnly) return undefined;
  return {
    rule: `${layer.name} does not import ${other.name}`,
    advice: types
      ? 'types may be taken with `import type`'
      : `${layer.name} (${layer.rule.is}) may import ${listed(layers)}`,
  };
}

function judgeNode({ rule, name }: Layer, { specifier, names, typeOnly }: ModuleReference) {
  if (rule.node === 'any' || typeOnly) return undefined;
  const allowed = rule.node[specifier];
  if (allowed?.includes('*') || (allowed !== undefined && names.every(taken => allowed.includes(taken))))
    return undefined;
  const advice =
    allowed === undefined ? `it may use ${listed(Object.keys(rule.node))}` : `only ${listed(allowed)} may be taken`;
  return { rule: `${name} does not import ${specifier}`, advice: `${advice}; for the rest, ask through a port` };
}

function matches(specifier: string, allowed: string): boolean {
  if (allowed.endsWith('*')) return specifier.startsWith(allowed.slice(0, -1));
  return specifier === allowed || specifier.startsWith(`${allowed}/`);
}

function adviceOn(specifier: string): string {
  const owners = layerRules.filter(rule => rule.packages.some(name => name !== '*' && matches(specifier, name)));
  if (owners.length === 0) return 'no layer lists it; decide in tools/layers/layer-rules.ts which one may';
  return `it belongs to ${listed(owners.map(({ path }) => path))}; keep it there and pass plain values`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

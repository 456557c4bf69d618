/** One import or re-export of a module. */
export interface ModuleReference {
  readonly specifier: string;
  /** `import type …`: gone at run time. */
  readonly typeOnly: boolean;
  /** The names taken, before any `as`; `*` stands for the whole module. */
  readonly names: readonly string[];
  readonly line: number;
}

const importPattern =
  /(?<![\w$.])(?:(?<keyword>import|export)\s*(?<type>type(?=[\s{*]))?\s*(?<clause>[\w$*{},\s]*?)\s*from\s*|import\s*\(?\s*)(?<open>['"])(?<specifier>[^'"\n]+)\k<open>/g;

/** Every module that a source refers to, static and dynamic. Comments do not count. */
export function moduleReferences(source: string): readonly ModuleReference[] {
  const code = blank(source, { strings: false });
  return [...code.matchAll(importPattern)].map(match => {
    const { type, clause, specifier = '' } = match.groups ?? {};
    return { specifier, typeOnly: type !== undefined, names: namesIn(clause), line: lineAt(code, match.index) };
  });
}

/** Where `pattern` (global) occurs in the code proper: not in comments, not in strings. */
export function occurrences(source: string, pattern: RegExp): readonly { text: string; line: number }[] {
  const code = blank(source, { strings: true });
  return [...code.matchAll(pattern)].map(match => ({ text: match[0], line: lineAt(code, match.index) }));
}

function namesIn(clause: string | undefined): readonly string[] {
  if (clause === undefined) return ['*'];
  const listed = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  const named = listed
    .split(',')
    .map(entry => entry.trim().replace(/^type\s+/, ''))
    .filter(entry => entry !== '')
    .map(entry => entry.split(/\s+as\s+/)[0] ?? entry);
  const rest = clause.replace(/\{[^}]*\}/, '').replace(/[\s,]/g, '');
  return rest === '' ? named : ['*', ...named];
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/**
 * Replaces comments (and strings, when asked) by spaces, so that positions stay. Scans the tokens that can hide other
 * tokens: comments, strings, templates, and regular expressions where one may begin.
 */
function blank(source: string, { strings }: { strings: boolean }): string {
  const hiding =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{;\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/g;
  return source.replace(hiding, token => {
    const isComment = token.startsWith('//') || token.startsWith('/*');
    const isQuoted = token.startsWith("'") || token.startsWith('"');
    if (!isComment && isQuoted && !strings) return token;
    return token.replace(/[^\n]/g, ' ');
  });
}

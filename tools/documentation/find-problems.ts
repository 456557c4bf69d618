export interface Page {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Repository {
  readonly scripts: ReadonlySet<string>;
  readonly exists: (path: string) => boolean;
}

/** Commands in `sh` blocks that do not exist, and links to files that are not there. One sentence each. */
export function findProblems({ path, text }: Page, repository: Repository): readonly string[] {
  const problems: string[] = [];
  for (const { line, command } of shellLines(text)) {
    for (const name of scriptsIn(command)) {
      if (!repository.scripts.has(name)) {
        problems.push(`${path}:${line}: package.json has no script "${name}".`);
      }
    }
  }
  const prose = text.replace(/^```[\s\S]*?^```/gm, block => block.replace(/[^\n]/g, ' '));
  for (const match of prose.matchAll(
    /\]\((?!https?:|mailto:|#)([^)\s#]+)[^)]*\)|(?:src|srcset)="(?!https?:)([^"]+)"/g,
  )) {
    const target = match[1] ?? match[2] ?? '';
    if (!repository.exists(resolveLink(path, target))) {
      const line = prose.slice(0, match.index).split('\n').length;
      problems.push(`${path}:${line}: the link leads to ${target}, which is not there.`);
    }
  }
  return problems;
}

function shellLines(text: string): { line: number; command: string }[] {
  const found: { line: number; command: string }[] = [];
  let inside = false;
  for (const [index, command] of text.split('\n').entries()) {
    if (/^\s*```/.test(command)) inside = !inside && /^\s*```(sh|bash|shell)\b/.test(command);
    else if (inside) found.push({ line: index + 1, command });
  }
  return found;
}

function scriptsIn(command: string): string[] {
  const named = [...command.matchAll(/\bnpm (?:run |run-script )(?!-)([\w:-]+)/g)].map(match => match[1] ?? '');
  const short = [...command.matchAll(/\bnpm (start|test)\b/g)].map(match => match[1] ?? '');
  return [...named, ...short];
}

function resolveLink(page: string, target: string): string {
  return decodeURIComponent(new URL(target, `file:///${page}`).pathname).slice(1);
}

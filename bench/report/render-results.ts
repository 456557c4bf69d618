import type { Figure, SectionResult, Verdict } from './section-result.ts';

const columns: readonly [keyof Figure, string][] = [
  ['what', 'What'],
  ['value', 'Median'],
  ['spread', 'Rounds'],
  ['compared', 'Compared'],
  ['note', 'Note'],
];

/** Tables for a terminal. */
export function renderText(results: readonly SectionResult[]): string {
  return results.map(({ title, figures }) => `\n${title}\n${textTable(figures)}`).join('\n');
}

/** One line for each goal. */
export function renderVerdicts(results: readonly SectionResult[]): string {
  const verdicts = results.flatMap(result => result.verdicts);
  const width = Math.max(0, ...verdicts.map(({ goal }) => goal.length));
  const lines = verdicts.map(
    verdict => `${mark(verdict).padEnd(12)} ${verdict.goal.padEnd(width)}  ${verdict.measured} (${times(verdict)})`,
  );
  const reached = verdicts.filter(verdict => verdict.reached).length;
  return [...lines, '', `${reached} of ${verdicts.length} goals reached`].join('\n');
}

/** The same for the documentation. */
export function renderMarkdown(results: readonly SectionResult[], machine: readonly string[]): string {
  const sections = results.map(({ title, figures }) => `### ${title}\n\n${markdownTable(columnsOf(figures), figures)}`);
  const verdicts = results.flatMap(result => result.verdicts);
  const goals = ['| Goal | Measured | Times the goal | |', '|---|---|---|---|'];
  for (const verdict of verdicts) {
    goals.push(`| ${verdict.goal} | ${verdict.measured} | ${verdict.ratio.toFixed(2)} | ${mark(verdict)} |`);
  }
  return [`Measured on ${machine.join(', ')}.`, goals.join('\n'), ...sections].join('\n\n');
}

function columnsOf(figures: readonly Figure[]): readonly [keyof Figure, string][] {
  return columns.filter(([key]) => figures.some(figure => figure[key]));
}

function markdownTable(shown: readonly [keyof Figure, string][], figures: readonly Figure[]): string {
  const head = `| ${shown.map(([, title]) => title).join(' | ')} |\n|${'---|'.repeat(shown.length)}`;
  return [head, ...figures.map(figure => `| ${shown.map(([key]) => figure[key] ?? '').join(' | ')} |`)].join('\n');
}

function textTable(figures: readonly Figure[]): string {
  const shown = columnsOf(figures);
  const rows = [shown.map(([, title]) => title), ...figures.map(figure => shown.map(([key]) => figure[key] ?? ''))];
  const widths = shown.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}

function mark({ reached }: Verdict): string {
  return reached ? 'reached' : 'not reached';
}

function times({ ratio }: Verdict): string {
  return `${ratio.toFixed(2)} times the goal`;
}

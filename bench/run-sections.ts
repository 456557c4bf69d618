import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './machine/describe-machine.ts';
import { renderMarkdown, renderText, renderVerdicts } from './report/render-results.ts';
import type { SectionResult } from './report/section-result.ts';
import { writeResults } from './report/write-results.ts';
import type { Section } from './sections/section.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

export interface RunOptions {
  /** as it is called with `npm run`; names the place in the page */
  script: string;
  rounds: number;
  /** whether the results go into docs/benchmarks.md */
  write: boolean;
  /** what else a reader has to know of how it was measured */
  details?: readonly string[];
}

/** Runs sections one after another in folders of their own, and reports. */
export async function runSections(
  sections: readonly (readonly [name: string, section: Section])[],
  { script, rounds, write, details = [] }: RunOptions,
): Promise<void> {
  // Settings of the developer's own server or account must not reach what is measured.
  for (const name of Object.keys(process.env)) if (/^(WEIGHHOUSE|WANDB|MLFLOW)_/.test(name)) delete process.env[name];
  const how = [...describeMachine(), `medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} or more`, ...details];
  console.log(`On ${how.join(', ')}.`);
  const begun = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'weighhouse-bench-'));
  // Whoever ends us must not find gigabytes left behind. Servers end with us: those of our group by Ctrl-C, others on `exit`.
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(
      signal,
      () => void rm(folder, { recursive: true, force: true }).finally(() => process.exit(128 + number)),
    );
  const results: SectionResult[] = [];
  try {
    for (const [name, section] of sections) {
      const own = await mkdtemp(join(folder, `${name}-`));
      const answer = await section({ folder: own, rounds, say: what => console.log(`  … ${what}`) });
      await rm(own, { recursive: true, force: true });
      const done = Array.isArray(answer) ? answer : [answer];
      results.push(...done);
      console.log(`${renderText(done)}\n`);
      // at once: what comes next may take an hour, and fail
      if (write) await writeResults(page, script, name, renderMarkdown(done, how));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(renderVerdicts(results));
  console.log(`\nThat took ${((performance.now() - begun) / 60_000).toFixed(1)} minutes.`);
}

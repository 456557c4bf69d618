/**
 * `npm run bench`: measures what the documentation claims, all of it or the sections that are named.
 * `-- --write` puts the results into docs/benchmarks.md, `-- --rounds 5` takes more time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine/describe-machine.ts';
import { renderMarkdown, renderText, renderVerdicts } from './report/render-results.ts';
import type { SectionResult } from './report/section-result.ts';
import { writeResults } from './report/write-results.ts';
import { clientSection } from './sections/client-section.ts';
import { metadataSection } from './sections/metadata-section.ts';
import { searchSection } from './sections/search-section.ts';
import type { Section } from './sections/section.ts';
import { startSection } from './sections/start-section.ts';
import { transferSection } from './sections/transfer-section.ts';

const sections: Readonly<Record<string, Section>> = {
  start: startSection,
  transfer: transferSection,
  metadata: metadataSection,
  search: searchSection,
  client: clientSection,
};
const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
});
const unknown = positionals.find(name => !(name in sections));
const rounds = Number(values.rounds);
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`Name sections out of ${Object.keys(sections).join(', ')}; --rounds is a whole number.`);
  process.exit(1);
}
// Settings of the developer's own server or account must not reach what is measured.
for (const name of Object.keys(process.env)) if (/^(WEIGHHOUSE|WANDB)_/.test(name)) delete process.env[name];

const machine = describeMachine();
console.log(`On ${machine.join(', ')}; medians of ${rounds} rounds or more.`);
const begun = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'weighhouse-bench-'));
// Ctrl-C must not leave gigabytes behind; servers that run end with us, as they are of our group.
process.once('SIGINT', () => void rm(folder, { recursive: true, force: true }).finally(() => process.exit(130)));
const results: SectionResult[] = [];
try {
  for (const [name, section] of Object.entries(sections)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const own = await mkdtemp(join(folder, `${name}-`));
    const result = await section({ folder: own, rounds, say: what => console.log(`  … ${what}`) });
    await rm(own, { recursive: true, force: true });
    results.push(result);
    console.log(`${renderText([result])}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(renderVerdicts(results));
console.log(`\nThat took ${((performance.now() - begun) / 60_000).toFixed(1)} minutes.`);
if (values.write)
  await writeResults(page, renderMarkdown(results, [...machine, `medians of ${rounds} rounds or more`]));

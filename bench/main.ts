/**
 * `npm run bench`: measures what the documentation claims, all of it or the sections that are named.
 * `-- --write` puts the results into docs/benchmarks.md, `-- --rounds 5` takes more time.
 */
import { parseArgs } from 'node:util';
import { runSections } from './run-sections.ts';
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
const chosen = Object.entries(sections).filter(([name]) => positionals.length === 0 || positionals.includes(name));
await runSections(chosen, { script: 'bench', rounds, write: values.write });

/** Holds the server to the table of layers in ARCHITECTURE.md. Prints one line for each violation. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findViolations } from './layers/find-violations.ts';

const root = 'packages/server/src';
const paths = globSync('**/*.ts', { cwd: join(import.meta.dirname, '..', root) }).map(path =>
  path.replaceAll('\\', '/'),
);
const files = paths.map(path => ({ path, source: readFileSync(join(import.meta.dirname, '..', root, path), 'utf8') }));
const violations = findViolations(files);

for (const { path, line, rule, advice } of violations) {
  console.error(`${root}/${path}:${line}: ${rule}; ${advice}.`);
}
if (files.length === 0) console.error(`No sources were found under ${root}.`);
if (violations.length > 0 || files.length === 0) process.exitCode = 1;
else console.log(`Layers: ${files.length} files keep to the table.`);

/** Holds the prose to the repository: the commands it shows exist, and so do the files it links to. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProblems } from './documentation/find-problems.ts';

const root = join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const repository = { scripts: new Set(Object.keys(scripts)), exists: (path: string) => existsSync(join(root, path)) };

const paths = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'packages/*/src/**/*.md', 'packages/*/*.md'], {
  cwd: root,
});
const problems = paths
  .map(path => path.replaceAll('\\', '/'))
  .flatMap(path => findProblems({ path, text: readFileSync(join(root, path), 'utf8') }, repository));

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`Documentation: ${paths.length} pages, all commands and links are there.`);

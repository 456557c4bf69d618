import { readFile, writeFile } from 'node:fs/promises';

/** Puts text between the markers that a page has for a script of package.json. */
export async function writeResults(file: string, script: string, text: string): Promise<void> {
  const begin = `<!-- results: begin, written by npm run ${script} -- --write -->`;
  const end = '<!-- results: end -->';
  const page = await readFile(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} has no place for the results of ${script}`);
  await writeFile(file, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`);
}

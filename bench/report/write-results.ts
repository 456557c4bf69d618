import { readFile, writeFile } from 'node:fs/promises';

const begin = '<!-- results: begin, written by npm run bench -- --write -->';
const end = '<!-- results: end -->';

/** Puts text between the markers of a page. */
export async function writeResults(file: string, text: string): Promise<void> {
  const page = await readFile(file, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the results`);
  await writeFile(file, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`);
}

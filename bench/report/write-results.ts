import { readFile, writeFile } from 'node:fs/promises';

/** Puts the results of one section into the place that a page has for a script of package.json; other sections stay. */
export async function writeResults(file: string, script: string, section: string, text: string): Promise<void> {
  const begin = `<!-- results: begin, written by npm run ${script} -- --write -->`;
  const end = '<!-- results: end -->';
  const page = await readFile(file, 'utf8');
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end, from);
  if (from < begin.length || to < 0) throw new Error(`${file} has no place for the results of ${script}`);
  const results = withSection(page.slice(from, to), section, text);
  await writeFile(file, `${page.slice(0, from)}\n\n${results}\n\n${page.slice(to)}`);
}

const heading = /^<!-- section: (\S+) -->\n/;

/** Where it was before, or else last. What stood there without a section is gone. */
export function withSection(results: string, name: string, text: string): string {
  const sections = new Map<string, string>();
  for (const part of results.split(/^(?=<!-- section: )/m)) {
    const found = heading.exec(part);
    if (found?.[1]) sections.set(found[1], part.slice(found[0].length).trim());
  }
  sections.set(name, text);
  return Array.from(sections, ([one, its]) => `<!-- section: ${one} -->\n\n${its}`).join('\n\n');
}

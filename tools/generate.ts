/** `npm run generate`: writes every generated file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated/generated-files.ts';

for (const { file, generate } of generatedFiles) {
  const path = join(import.meta.dirname, '..', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await generate());
  console.log(`Wrote ${file}.`);
}

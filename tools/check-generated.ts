/** Fails where a generated file in the repository is not what its generator writes today. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated/generated-files.ts';

const stale: string[] = [];
for (const { file, generate } of generatedFiles) {
  const path = join(import.meta.dirname, '..', file);
  const present = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (present !== (await generate())) stale.push(file);
}

for (const file of stale) console.error(`${file} is out of date; run \`npm run generate\` and commit it.`);
if (stale.length > 0) process.exitCode = 1;
else console.log(`Generated files: ${generatedFiles.length} up to date.`);

import { openApiText } from '../../packages/server/src/facades/rest/documents.ts';
import { configurationPage } from './configuration-page.ts';
import { wandbGuide } from './wandb-guide.ts';

/** A file in the repository that is made from the sources. Paths count from the root of the repository. */
export interface GeneratedFile {
  readonly file: string;
  readonly generate: () => string | Promise<string>;
}

/** Every generated file. `npm run generate` writes them, `npm run check` refuses one that is out of date. */
export const generatedFiles: readonly GeneratedFile[] = [
  { file: 'docs/configuration.md', generate: configurationPage },
  { file: 'docs/guides/wandb.md', generate: wandbGuide },
  { file: 'docs/openapi.json', generate: () => openApiText() },
];

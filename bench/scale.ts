/**
 * `npm run bench:scale`: what a registry of growing size costs, on SQLite and PostgreSQL.
 * `-- --versions 10000,100000,1000000 --databases sqlite,postgres --files 1000000 --requests 500 --rounds 3 --write`
 */
import { parseArgs } from 'node:util';
import { ensurePostgres } from '../tools/postgres/ensure-postgres.ts';
import { databaseKinds, wholeNumber, wholeNumbers } from './parse-options.ts';
import { runSections } from './run-sections.ts';
import { scaleSection } from './sections/scale-section.ts';

const { values } = parseArgs({
  options: {
    versions: { type: 'string', default: '10000,100000' },
    databases: { type: 'string', default: 'sqlite,postgres' },
    files: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
});
const options = {
  sizes: wholeNumbers('versions', values.versions).toSorted((a, b) => a - b),
  files: wholeNumber('files', values.files, 0),
  requests: wholeNumber('requests', values.requests, 20),
};
const kinds = databaseKinds(values.databases);
const rounds = wholeNumber('rounds', values.rounds, 1);
if (kinds.includes('postgres')) ensurePostgres();
await runSections(
  kinds.map(kind => [kind, scaleSection(kind, options)] as const),
  {
    script: 'bench:scale',
    rounds,
    write: values.write,
    details: [`at most ${options.requests} requests of each kind in a round`],
  },
);

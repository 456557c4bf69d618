/**
 * `npm run bench:peers`: MLflow's server and ours, asked the same on the same machine.
 * `-- --versions 1000,100000 --databases sqlite,postgres --clients 64 --requests 1000 --mebibytes 2048 --rounds 3 --write`
 */
import { parseArgs } from 'node:util';
import { ensurePostgres } from '../tools/postgres/ensure-postgres.ts';
import { databaseKinds, wholeNumber, wholeNumbers } from './parse-options.ts';
import { runSections } from './run-sections.ts';
import { peersSection } from './sections/peers-section.ts';

const { values } = parseArgs({
  options: {
    versions: { type: 'string', default: '1000' },
    databases: { type: 'string', default: 'sqlite' },
    clients: { type: 'string', default: '64' },
    requests: { type: 'string', default: '1000' },
    mebibytes: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
});
const options = {
  clients: wholeNumber('clients', values.clients, 1),
  requests: wholeNumber('requests', values.requests, 20),
};
const mebibytes = wholeNumber('mebibytes', values.mebibytes, 0);
const kinds = databaseKinds(values.databases);
const sizes = wholeNumbers('versions', values.versions);
const rounds = wholeNumber('rounds', values.rounds, 1);
if (kinds.includes('postgres')) ensurePostgres();
const sections = kinds.flatMap(kind =>
  // the size of the registry does not matter to a file: it is sent once
  sizes.map((versions, at) => {
    const section = peersSection(kind, { ...options, versions, fileMebibytes: at === 0 ? mebibytes : 0 });
    return [`${kind}-${versions}`, section] as const;
  }),
);
await runSections(sections, {
  script: 'bench:peers',
  rounds,
  write: values.write,
  details: [`at most ${options.requests} requests of each kind`],
});

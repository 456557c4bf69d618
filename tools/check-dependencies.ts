/** Holds every dependency to the policy: its licence, and no install script in what runs in production. */
import { join } from 'node:path';
import { policyBreaches } from './dependencies/dependency-policy.ts';
import { installedDependencies } from './dependencies/installed-dependencies.ts';

const dependencies = installedDependencies(join(import.meta.dirname, '..'));
const breaches = policyBreaches(dependencies);

for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exitCode = 1;
else console.log(`Dependencies: ${dependencies.length} keep to the policy.`);

/** `npm run bench:scale`: measures what a registry of growing size costs. */
import { ensureDependencies, runSource } from './bootstrap.mjs';

ensureDependencies();
runSource('bench/scale.ts');

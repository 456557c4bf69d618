/** `npm run bench:peers`: compares with MLflow's server. */
import { ensureDependencies, runSource } from './bootstrap.mjs';

ensureDependencies();
runSource('bench/peers.ts');

/** `npm run bench`: measures what the documentation claims. */
import { ensureDependencies, runSource } from './bootstrap.mjs';

ensureDependencies();
runSource('bench/main.ts');

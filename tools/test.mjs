/** `npm test`: installs what is missing, then runs every check and every test. */
import { ensureDependencies, runSource } from './bootstrap.mjs';

ensureDependencies();
runSource('tools/testing/main.ts');

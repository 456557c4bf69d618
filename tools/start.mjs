/** `npm start`: installs what is missing, then runs the server. */
import { ensureDependencies, runSource } from './bootstrap.mjs';

ensureDependencies();
runSource('packages/server/src/main.ts');

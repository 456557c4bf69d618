/** `npm start`: installs what is missing, then runs the server. */
import { ensureDependencies, runSource, serverNodeOptions } from './bootstrap.mjs';

ensureDependencies();
runSource('packages/server/src/main.ts', process.argv.slice(2), serverNodeOptions());

/** `npm run demo`: a server for one minute, and an ordinary training script that only knows wandb. */
import { ensureDependencies, runSource } from './bootstrap.mjs';

ensureDependencies();
runSource('tools/demo/main.ts');

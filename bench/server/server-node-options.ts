import { readFileSync } from 'node:fs';

/** What `npm start` gives to Node: the measured server runs as the real one does. */
export const serverNodeOptions = JSON.parse(
  readFileSync(new URL('../../tools/server-node-options.json', import.meta.url), 'utf8'),
) as string[];

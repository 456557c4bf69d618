/**
 * Shared stores for tests that are not written in TypeScript: starts the servers, does what each line of standard input
 * asks for, answers with one line of JSON, and ends when the input does.
 */
import { createInterface } from 'node:readline';
import { newSharedStores, startSharedServers } from './shared-servers.ts';

const started = await startSharedServers();
const commands: Record<string, () => Promise<unknown>> = {
  // settings of a server on new, empty stores
  new: () => newSharedStores(started.servers),
  'crash postgres': () => started.crashPostgres(),
  'restart objects': () => started.restartObjects(),
};
for await (const line of createInterface({ input: process.stdin })) {
  const command = commands[line];
  if (!command) throw new Error(`there is no command "${line}"`);
  process.stdout.write(`${JSON.stringify((await command()) ?? {})}\n`);
}
await started.stop();

/**
 * Shared stores for tests that are not written in TypeScript: starts the servers, answers each line of standard input
 * with one line of JSON, the settings of a server on new, empty stores, and ends when the input does.
 */
import { createInterface } from 'node:readline';
import { newSharedStores, startSharedServers } from './shared-servers.ts';

const { servers, stop } = await startSharedServers();
for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await newSharedStores(servers))}\n`);
}
await stop();

import type { TestProject } from 'vitest/node';
import { type SharedServers, startSharedServers } from './shared-servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** or why there are none */
    sharedServers: SharedServers | { problem: string };
  }
}

let stop = async () => {};

/** One set of servers for all test files. Where they cannot start, the tests that need them fail and say why. */
export async function setup(project: TestProject): Promise<void> {
  try {
    const started = await startSharedServers();
    stop = started.stop;
    project.provide('sharedServers', started.servers);
  } catch (error) {
    project.provide('sharedServers', { problem: (error as Error).message });
  }
}

export async function teardown(): Promise<void> {
  await stop();
}
